import type { CompareConfig } from "../config/config.js";
import type { Figure, Refusal } from "../core/figure.js";
import type { LossCurve } from "../measure/convergence/loss-curve.js";
import { type Differences, differencesOf, type Sliced } from "./differences.js";
import { type Learned, type Learning, learningOf } from "./learning.js";
import { baselineOf } from "./ratios.js";
import type { Checkpoint } from "./start.js";

/** What the policies say beside each other, slice by slice. */
export interface Beside {
  learning: Learning | Refusal;
  differences: Differences | Refusal;
}

/** Every policy is scored on the same labels, so either all have a curve or none has. */
export function besideEachOther(
  compare: CompareConfig,
  results: readonly {
    slices: readonly { metrics: { rocAuc: Figure; sampledAuc?: Figure } }[];
    untuned?: string;
  }[],
  curves: readonly (LossCurve | Refusal)[],
  checkpoint: Checkpoint["kind"],
): Beside {
  const learned: (Learned & Sliced)[] = [];
  for (const [index, curve] of curves.entries()) {
    if ("refused" in curve) return { learning: curve, differences: curve };
    const policy = compare.policies[index];
    const result = results[index];
    if (policy === undefined || result === undefined) continue;
    const rocAuc = result.slices.map(({ metrics }) => metrics.sampledAuc ?? metrics.rocAuc);
    const { name, kind } = policy;
    learned.push({ policy, name, kind, curve, rocAuc, untuned: result.untuned });
  }
  return {
    learning: learningOf(learned, compare, checkpoint),
    differences: differencesOf(learned, baselineOf(learned, compare.baseline)),
  };
}
