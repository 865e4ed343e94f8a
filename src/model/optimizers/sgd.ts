import type { OptimizerSpec } from "../../core/model-spec.js";
import type { Optimizer } from "./optimizer.js";

/** w -= rate (g + l2 w), on touched rows alone. */
export function sgd({ rate, l2 }: Extract<OptimizerSpec, { kind: "sgd" }>): Optimizer {
  return {
    slotNames: [],
    initialSlot: () => 0,
    update(weights, _slots, at, width, gradient, gradientAt, scale) {
      for (let k = 0; k < width; k++) {
        const weight = weights[at + k] ?? 0;
        const g = scale * (gradient[gradientAt + k] ?? 0) + l2 * weight;
        weights[at + k] = weight - rate * g;
      }
    },
    effectiveRate: () => rate,
  };
}
