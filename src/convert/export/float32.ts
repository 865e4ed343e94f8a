import { UnbatchError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";

/** A tensor's values, each rounded to the nearest float32. Error: one that is finite, and past what float32 holds. */
export function float32Of(tensor: Tensor): Float32Array {
  const values = tensor.values();
  if (values instanceof Float32Array) return values;
  const rounded = Float32Array.from(values, Number);
  const past = rounded.findIndex(
    (value, at) => !Number.isFinite(value) && Number.isFinite(Number(values[at])),
  );
  if (past < 0) return rounded;
  throw new UnbatchError({
    where: `tensor ${tensor.name}, value ${past}`,
    found: String(values[past]),
    expected: "a number that float32 holds, at most 3.4e38",
    next: "look for what diverged: unbatch inspect MODEL; or keep float64: --to safetensors --precision float64",
  });
}
