import type { PolicyConfig } from "../config/config.js";
import type { Figure } from "../core/figure.js";
import type { LossCurve } from "../measure/convergence/loss-curve.js";
import { type AgainstBaseline, againstBaseline } from "../measure/interval/against-baseline.js";
import { confidenceSequence } from "../measure/interval/confidence-sequence.js";
import { movingBlockBootstrap } from "../measure/interval/moving-block-bootstrap.js";
import { type PairedSlices, pairedFigures, pairedLosses } from "../measure/interval/paired-slices.js";

/** One policy's slices, for a difference. */
export interface Sliced {
  name: string;
  kind: PolicyConfig["kind"];
  curve: LossCurve;
  rocAuc: readonly Figure[];
  /** Why its settings are not those that were chosen for it on rows before the test; absent where they are. */
  untuned?: string | undefined;
}

/** A policy less the baseline, on the same slices. */
export interface Difference extends Omit<AgainstBaseline, "verdict"> {
  /** Where either policy was not tuned there is none: the settings, not the policies, may be what differs. */
  verdict: AgainstBaseline["verdict"] | "untuned";
  /** Why there is no verdict, where settings are the reason. */
  untuned?: string;
  /** For who looks every night: an interval that holds at every look. */
  everyLook: Figure;
  /** Beside the interval of `difference`, never instead: too narrow. */
  bootstrap: Figure;
}

export interface Differences {
  baseline: string;
  /** Lower is better. */
  normalizedEntropy: Difference[];
  /** Mean of the slices' AUC (of a log of positives alone, against drawn negatives); higher is better. */
  rocAuc: Difference[];
}

const SEED = 1;

/** Judges only pairs that were both tuned. Without policies there is nothing to compare. */
export function differencesOf(policies: readonly Sliced[], baseline: Sliced | undefined): Differences {
  if (baseline === undefined) return { baseline: "", normalizedEntropy: [], rocAuc: [] };
  const others = policies.filter((policy) => policy !== baseline);
  const against = (pairsOf: (policy: Sliced) => PairedSlices, better: "lower" | "higher"): Difference[] => {
    const pairs = others.map((policy) => ({ policy: policy.name, pairs: pairsOf(policy) }));
    return againstBaseline(pairs, { better }).flatMap((one, index) => {
      const own = pairs[index]?.pairs;
      if (own === undefined) return [];
      const untuned = others[index]?.untuned ?? baseline.untuned;
      return [
        {
          ...one,
          ...(untuned === undefined ? {} : { verdict: "untuned", untuned }),
          everyLook: confidenceSequence(own),
          bootstrap: movingBlockBootstrap(own, { seed: SEED }),
        },
      ];
    });
  };
  return {
    baseline: baseline.name,
    normalizedEntropy: against(({ curve }) => pairedLosses(curve, baseline.curve), "lower"),
    rocAuc: against(({ rocAuc }) => pairedFigures(rocAuc, baseline.rocAuc), "higher"),
  };
}
