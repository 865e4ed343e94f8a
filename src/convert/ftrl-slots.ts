import type { OptimizerSpec } from "../core/model-spec.js";
import { ftrlZ } from "../model/optimizers/ftrl.js";
import type { Source } from "./bound.js";
import { type BuiltArray, stretchesOfRows } from "./built-array.js";
import { sourceOptimizer } from "./optimizers.js";

type Ftrl = Extract<OptimizerSpec, { kind: "ftrl" }>;

/**
 * z beside these weights and n, and what is to be said of it, where it is more than "as saved". FTRL's weight is a function
 * of z and n. Where rate, beta, l1 or l2 are not those of the source, or n was changed, z is written anew so that the
 * weight stays; inside |z| <= l1 the weight says nothing about z, which is kept.
 */
export function matchZ(
  source: Source,
  spec: Ftrl,
  weights: BuiltArray,
  n: BuiltArray,
  z: BuiltArray,
  isChanged: boolean,
): { z: BuiltArray; note: string | undefined } {
  const before = sourceOptimizer("ftrl", source.checkpoint)?.spec;
  const same = (a: number, b: number): boolean =>
    Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
  const isSame =
    before?.kind === "ftrl" &&
    same(before.rate, spec.rate) &&
    same(before.beta, spec.beta) &&
    same(before.l1, spec.l1) &&
    same(before.l2, spec.l2);
  if (isSame && !isChanged) return { z, note: disagreement(spec, weights, n, z) };
  const why = isChanged
    ? "n was rescaled"
    : before === undefined
      ? "the checkpoint does not say what it was trained with"
      : "rate, beta, l1 or l2 are not the checkpoint's";
  return { z: rewritten(spec, weights, n, z), note: `written anew from the weights: ${why}` };
}

function rewritten(spec: Ftrl, weights: BuiltArray, n: BuiltArray, z: BuiltArray): BuiltArray {
  return {
    ...z,
    open() {
      const [weightsOf, nOf, zOf] = [weights.open(), n.open(), z.open()];
      return (from, to) => {
        const [squares, values] = [nOf(from, to), zOf(from, to)];
        weightsOf(from, to).forEach((weight, at) => {
          if (weight !== 0) values[at] = ftrlZ(spec, weight, squares[at] ?? 0);
        });
        return values;
      };
    },
  };
}

/** Saved weights that FTRL would not have: the first update of such a row jumps, so that it must be known. */
function disagreement(
  { rate, beta, l1, l2 }: Ftrl,
  weights: BuiltArray,
  n: BuiltArray,
  z: BuiltArray,
): string | undefined {
  let largest = 0;
  const [nOf, zOf] = [n.open(), z.open()];
  for (const { from, values } of stretchesOfRows(weights)) {
    const to = from + values.length / weights.width;
    const [squares, sums] = [nOf(from, to), zOf(from, to)];
    values.forEach((weight, index) => {
      const at = sums[index] ?? 0;
      const scale = (beta + Math.sqrt(squares[index] ?? 0)) / rate + l2;
      const own = Math.abs(at) <= l1 ? 0 : -(at - Math.sign(at) * l1) / scale;
      largest = Math.max(largest, Math.abs(weight - own));
    });
  }
  return largest <= 1e-5
    ? undefined
    : `as saved, though FTRL's own weights differ from the saved ones by up to ${largest.toPrecision(2)}`;
}
