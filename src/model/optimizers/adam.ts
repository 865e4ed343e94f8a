import type { OptimizerSpec, TableKind } from "../../core/optimizer-spec.js";
import type { Optimizer } from "./optimizer.js";
import { warmUp } from "./step.js";

/**
 * m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2 (Kingma and Ba 2015), t the number of updates so far.
 * Dense tensors, and every table with `touch: dense`, move at every update, without a gradient too, by
 * rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon) (torch.optim.Adam). Tables with `touch: lazy` decay
 * and move the rows that have a gradient, by rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
 * (torch.optim.SparseAdam, whose epsilon is so much larger early on). `correction` says which of the two divisors it is.
 * L2 joins g (torch's weight_decay).
 */
export function adam(spec: Extract<OptimizerSpec, { kind: "adam" }>, table: TableKind): Optimizer {
  const { rate, beta1, beta2, epsilon, l2, warmUpSteps } = spec;
  const isDense = table === "dense" || spec.touch === "dense";
  const isInRate = isCorrectedInRate(spec, isDense);
  // Of one update, shared by its rows.
  let corrected = 0;
  let stepSize = 0;
  let rootScale = 1;
  const correct = (step: number): void => {
    const root = Math.sqrt(1 - beta2 ** step);
    corrected = step;
    stepSize = (warmUp(step, warmUpSteps) * rate * (isInRate ? root : 1)) / (1 - beta1 ** step);
    rootScale = isInRate ? 1 : root;
  };
  return {
    slotNames: ["m", "v"],
    rate,
    slotsPer: "weight",
    updates: isDense ? "all" : "touched",
    usesStep: true,
    clipNorm: spec.clipNorm ?? Number.POSITIVE_INFINITY,
    initialSlot: () => 0,
    update(weights, slots, at, width, gradient, gradientAt, scale, step) {
      const [ms, vs] = slots;
      if (ms === undefined || vs === undefined) return;
      if (step !== corrected) correct(step);
      for (let k = 0; k < width; k++) {
        const weight = weights[at + k] ?? 0;
        const g = scale * (gradient[gradientAt + k] ?? 0) + l2 * weight;
        const m = beta1 * (ms[at + k] ?? 0) + (1 - beta1) * g;
        const v = beta2 * (vs[at + k] ?? 0) + (1 - beta2) * g * g;
        ms[at + k] = m;
        vs[at + k] = v;
        weights[at + k] = weight - (stepSize * m) / (Math.sqrt(v) / rootScale + epsilon);
      }
    },
    effectiveRate(slots, at, _width, step) {
      const v = slots[1]?.[at] ?? 0;
      if (v === 0) return undefined;
      if (step !== corrected) correct(step);
      return stepSize / (Math.sqrt(v) / rootScale + epsilon);
    },
  };
}

/** The bias of the moments is corrected in the rate, so that epsilon stands beside the root of v as it is. */
export function isCorrectedInRate(
  { correction }: Extract<OptimizerSpec, { kind: "adam" }>,
  isDense: boolean,
): boolean {
  return correction === undefined ? !isDense : correction === "rate";
}
