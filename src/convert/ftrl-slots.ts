import type { OptimizerSpec } from "../core/model-spec.js";
import { ftrlZ } from "../model/optimizers/ftrl.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import type { Source } from "./bound.js";
import { sourceOptimizer } from "./optimizers.js";

/**
 * What is to be said of z, where it is more than "as saved". FTRL's weight is a function of z and n. Where rate, beta,
 * l1 or l2 are not those of the source, or n was changed, z is written anew so that the weight stays; inside |z| <= l1 the weight says nothing about z, which is kept.
 */
export function matchZ(
  source: Source,
  spec: Extract<OptimizerSpec, { kind: "ftrl" }>,
  weights: StateArray,
  values: ReadonlyMap<string, Float64Array>,
  isChanged: boolean,
): string | undefined {
  const n = values.get("n");
  const z = values.get("z");
  if (n === undefined || z === undefined) return undefined;
  const before = sourceOptimizer("ftrl", source.checkpoint)?.spec;
  const same = (a: number, b: number): boolean =>
    Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
  const isSame =
    before?.kind === "ftrl" &&
    same(before.rate, spec.rate) &&
    same(before.beta, spec.beta) &&
    same(before.l1, spec.l1) &&
    same(before.l2, spec.l2);
  if (isSame && !isChanged) return disagreement(spec, weights, n, z);
  weights.forEach((weight, index) => {
    if (weight !== 0) z[index] = ftrlZ(spec, weight, n[index] ?? 0);
  });
  if (isChanged) return "written anew from the weights: n was rescaled";
  return before === undefined
    ? "written anew from the weights: the checkpoint does not say what it was trained with"
    : "written anew from the weights: rate, beta, l1 or l2 are not the checkpoint's";
}

/** Saved weights that FTRL would not have: the first update of such a row jumps, so that it must be known. */
function disagreement(
  { rate, beta, l1, l2 }: Extract<OptimizerSpec, { kind: "ftrl" }>,
  weights: StateArray,
  n: Float64Array,
  z: Float64Array,
): string | undefined {
  let largest = 0;
  weights.forEach((weight, index) => {
    const at = z[index] ?? 0;
    const scale = (beta + Math.sqrt(n[index] ?? 0)) / rate + l2;
    const own = Math.abs(at) <= l1 ? 0 : -(at - Math.sign(at) * l1) / scale;
    largest = Math.max(largest, Math.abs(weight - own));
  });
  return largest <= 1e-5
    ? undefined
    : `as saved, though FTRL's own weights differ from the saved ones by up to ${largest.toPrecision(2)}`;
}
