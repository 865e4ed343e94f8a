import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import { adagradDivisor } from "./adagrad.js";
import type { Optimizer } from "./optimizer.js";
import { shrink, warmUp } from "./step.js";

/**
 * Adagrad with one accumulator a row: n += mean over the row of g^2, then w -= rate g / (sqrt(n) + epsilon) for each of
 * its weights. As TorchRec's RowWiseAdagrad and FBGEMM's EXACT_ROWWISE_ADAGRAD; l2 joins g before either.
 */
export function rowwiseAdagrad(spec: Extract<OptimizerSpec, { kind: "rowwise-adagrad" }>): Optimizer {
  const { rate, initialAccumulator, l2, l1 = 0, warmUpSteps } = spec;
  const divisorOf = adagradDivisor(spec);
  return {
    slotNames: ["row_accumulator"],
    rate,
    slotsPer: "row",
    updates: "touched",
    usesStep: warmUpSteps !== undefined,
    clipNorm: spec.clipNorm ?? Number.POSITIVE_INFINITY,
    initialSlot: () => initialAccumulator,
    update(weights, slots, at, width, gradient, gradientAt, scale, step) {
      const accumulators = slots[0];
      if (accumulators === undefined) return;
      const gradientOf = (k: number): number =>
        scale * (gradient[gradientAt + k] ?? 0) + l2 * (weights[at + k] ?? 0);
      let squares = 0;
      for (let k = 0; k < width; k++) squares += gradientOf(k) ** 2;
      // With a zero accumulator and no epsilon the step would be 0 / 0.
      if (squares === 0) return;
      const row = at / width;
      const n = (accumulators[row] ?? 0) + squares / width;
      accumulators[row] = n;
      const now = (rate * warmUp(step, warmUpSteps)) / divisorOf(n);
      for (let k = 0; k < width; k++) {
        weights[at + k] = shrink((weights[at + k] ?? 0) - now * gradientOf(k), now * l1);
      }
    },
    effectiveRate(slots, at, width, step) {
      const n = slots[0]?.[Math.floor(at / width)] ?? 0;
      return n > initialAccumulator ? (rate * warmUp(step, warmUpSteps)) / divisorOf(n) : undefined;
    },
  };
}
