import type { OptimizerSpec } from "../../core/model-spec.js";
import type { Optimizer } from "./optimizer.js";

/**
 * n += g^2, then w -= rate g / (sqrt(n) + epsilon) (Duchi et al. 2011; epsilon outside the root as in PyTorch and
 * Keras, or inside as in River). The accumulator of a weight that has learned nothing is `initialAccumulator`.
 */
export function adagrad(spec: Extract<OptimizerSpec, { kind: "adagrad" }>): Optimizer {
  const { rate, initialAccumulator, l2 } = spec;
  const inside = spec.epsilonPlacement === "inside" ? spec.epsilon : 0;
  const outside = spec.epsilonPlacement === "outside" ? spec.epsilon : 0;
  return {
    slotNames: ["accumulator"],
    initialSlot: () => initialAccumulator,
    update(weights, slots, at, width, gradient, gradientAt, scale) {
      const accumulators = slots[0];
      if (accumulators === undefined) return;
      for (let k = 0; k < width; k++) {
        const weight = weights[at + k] ?? 0;
        const g = scale * (gradient[gradientAt + k] ?? 0) + l2 * weight;
        // With a zero accumulator and no epsilon the step would be 0 / 0.
        if (g === 0) continue;
        const n = (accumulators[at + k] ?? 0) + g * g;
        accumulators[at + k] = n;
        weights[at + k] = weight - (rate * g) / (Math.sqrt(n + inside) + outside);
      }
    },
    effectiveRate(slots, at) {
      const n = slots[0]?.[at] ?? 0;
      return n > initialAccumulator ? rate / (Math.sqrt(n + inside) + outside) : undefined;
    },
  };
}
