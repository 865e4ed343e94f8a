import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import { isCorrectedInRate } from "../optimizers/adam.js";
import { warmUp } from "../optimizers/step.js";
import type { Table } from "../table.js";

/** An optimizer as kernels/deep/rules.ts has it: its number; rate, l2, l1, clipNorm, a, b, c, d. */
export interface DeepRule {
  rule: number;
  numbers: readonly number[];
}

const NEVER = Number.POSITIVE_INFINITY;

/** The rule of a table's update number `step`. */
export function deepRule({ optimizer, slots }: Table, spec: OptimizerSpec, step: number): DeepRule {
  const clip = optimizer.clipNorm;
  switch (spec.kind) {
    case "sgd": {
      const { rate, l2, l1 = 0, schedule = "constant", rateFloor = 0, momentum = 0, warmUpSteps } = spec;
      const decayed = schedule === "constant" ? rate : Math.max(rate / Math.sqrt(step), rateFloor);
      const numbers = [decayed * warmUp(step, warmUpSteps), l2, l1, clip, momentum, 0, 0, 0];
      return { rule: slots.length === 0 ? 1 : 2, numbers };
    }
    case "adagrad":
    case "rowwise-adagrad": {
      const { rate, l2, l1 = 0, epsilon, epsilonPlacement, rateFloor, warmUpSteps } = spec;
      const inside = epsilonPlacement === "inside" ? epsilon : 0;
      const most = rateFloor === undefined ? NEVER : rate / rateFloor;
      const numbers = [rate * warmUp(step, warmUpSteps), l2, l1, clip, inside, epsilon - inside, most, 0];
      return { rule: spec.kind === "adagrad" ? 3 : 4, numbers };
    }
    case "adam": {
      const { rate, l2, beta1, beta2, epsilon, warmUpSteps } = spec;
      const isInRate = isCorrectedInRate(spec, optimizer.updates === "all");
      const root = Math.sqrt(1 - beta2 ** step);
      const size = (warmUp(step, warmUpSteps) * rate * (isInRate ? root : 1)) / (1 - beta1 ** step);
      return { rule: 5, numbers: [size, l2, 0, clip, epsilon, beta1, beta2, isInRate ? 1 : root] };
    }
    case "ftrl":
      return { rule: 6, numbers: [spec.rate, 0, spec.l1, clip, spec.beta, spec.l2, 0, 0] };
    case "frozen":
      return { rule: 0, numbers: [0, 0, 0, clip, 0, 0, 0, 0] };
  }
}
