import type { OptimizerSpec, TableKind } from "../../core/optimizer-spec.js";
import type { Optimizer } from "./optimizer.js";
import { shrink, warmUp } from "./step.js";

/**
 * w -= rate_t (g + l2 w), on touched rows alone; rate_t is rate, or max(rate / sqrt(t), rateFloor). Momentum is a matter
 * of dense tensors, where every weight moves at every update: m = momentum m + g + l2 w, w -= rate_t m (torch.optim.SGD
 * without dampening). L1 is a soft threshold after the step.
 */
export function sgd(spec: Extract<OptimizerSpec, { kind: "sgd" }>, table: TableKind): Optimizer {
  const { rate, l2, l1 = 0, schedule = "constant", rateFloor = 0, warmUpSteps } = spec;
  const momentum = table === "dense" ? (spec.momentum ?? 0) : 0;
  const rateAt = (step: number): number => {
    const decayed = schedule === "constant" ? rate : Math.max(rate / Math.sqrt(step), rateFloor);
    return decayed * warmUp(step, warmUpSteps);
  };
  return {
    slotNames: momentum > 0 ? ["momentum"] : [],
    rate,
    slotsPer: "weight",
    updates: momentum > 0 ? "all" : "touched",
    usesStep: schedule !== "constant" || warmUpSteps !== undefined,
    clipNorm: spec.clipNorm ?? Number.POSITIVE_INFINITY,
    initialSlot: () => 0,
    update(weights, slots, at, width, gradient, gradientAt, scale, step) {
      const [moments] = slots;
      const now = rateAt(step);
      for (let k = 0; k < width; k++) {
        const weight = weights[at + k] ?? 0;
        let g = scale * (gradient[gradientAt + k] ?? 0) + l2 * weight;
        if (moments !== undefined) {
          g += momentum * (moments[at + k] ?? 0);
          moments[at + k] = g;
        }
        weights[at + k] = shrink(weight - now * g, now * l1);
      }
    },
    effectiveRate: (_slots, _at, _width, step) => rateAt(step),
  };
}
