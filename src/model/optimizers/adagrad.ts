import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { Optimizer } from "./optimizer.js";
import { shrink, warmUp } from "./step.js";

/**
 * n += g^2, then w -= rate g / (sqrt(n) + epsilon) (Duchi et al. 2011; epsilon outside the root as in PyTorch and
 * Keras, or inside as in River). The accumulator of a weight that has learned nothing is `initialAccumulator`. L1 is
 * their composite step: a soft threshold by the weight's own rate. A zero gradient changes nothing.
 */
export function adagrad(spec: Extract<OptimizerSpec, { kind: "adagrad" }>): Optimizer {
  const { rate, initialAccumulator, l2, l1 = 0, warmUpSteps } = spec;
  const divisorOf = adagradDivisor(spec);
  return {
    slotNames: ["accumulator"],
    rate,
    slotsPer: "weight",
    updates: "touched",
    usesStep: warmUpSteps !== undefined,
    clipNorm: spec.clipNorm ?? Number.POSITIVE_INFINITY,
    initialSlot: () => initialAccumulator,
    update(weights, slots, at, width, gradient, gradientAt, scale, step) {
      const accumulators = slots[0];
      if (accumulators === undefined) return;
      const now = rate * warmUp(step, warmUpSteps);
      for (let k = 0; k < width; k++) {
        const weight = weights[at + k] ?? 0;
        const g = scale * (gradient[gradientAt + k] ?? 0) + l2 * weight;
        // With a zero accumulator and no epsilon the step would be 0 / 0.
        if (g === 0) continue;
        const n = (accumulators[at + k] ?? 0) + g * g;
        accumulators[at + k] = n;
        const divisor = divisorOf(n);
        weights[at + k] = shrink(weight - (now * g) / divisor, (now * l1) / divisor);
      }
    },
    effectiveRate(slots, at, _width, step) {
      const n = slots[0]?.[at] ?? 0;
      return n > initialAccumulator ? (rate * warmUp(step, warmUpSteps)) / divisorOf(n) : undefined;
    },
  };
}

/** What the rate is divided by: sqrt(n) + epsilon, or sqrt(n + epsilon), and no more than rate / rateFloor. */
export function adagradDivisor(spec: {
  rate: number;
  epsilon: number;
  epsilonPlacement: "outside" | "inside";
  rateFloor?: number | undefined;
}): (n: number) => number {
  const inside = spec.epsilonPlacement === "inside" ? spec.epsilon : 0;
  const outside = spec.epsilonPlacement === "outside" ? spec.epsilon : 0;
  const most = spec.rateFloor === undefined ? Number.POSITIVE_INFINITY : spec.rate / spec.rateFloor;
  return (n) => Math.min(Math.sqrt(n + inside) + outside, most);
}
