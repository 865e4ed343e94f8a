import type { Estimate, Figure, Refusal } from "../../core/figure.js";
import { groupedTInterval, groupedTPValue } from "./grouped-t.js";
import { holmAdjusted } from "./holm.js";
import type { PairedSlices } from "./paired-slices.js";

/** One policy beside the baseline. `difference` is the policy's metric less the baseline's, its interval for it alone. */
export interface AgainstBaseline {
  policy: string;
  difference: Figure;
  /** Holm's, over all policies that could be tested. */
  adjustedPValue: Figure;
  verdict: "better" | "worse" | "not told apart" | "refused";
}

/**
 * Several policies against one named baseline: t over groups of slices for each, Holm over all. A verdict needs an
 * adjusted p-value of at most alpha, so an interval that leaves 0 out may still be "not told apart". One look: for what
 * is looked at every night, see confidenceSequence. O(policies x slices).
 */
export function againstBaseline(
  policies: readonly { policy: string; pairs: PairedSlices }[],
  { better, alpha = 0.05 }: { better: "lower" | "higher"; alpha?: number },
): AgainstBaseline[] {
  const tested = policies.map(({ policy, pairs }) => ({ policy, pairs, pValue: groupedTPValue(pairs) }));
  const pValues = tested.flatMap(({ pValue }) => ("refused" in pValue ? [] : [pValue.value]));
  const adjusted = holmAdjusted(pValues);
  let next = 0;
  return tested.map(({ policy, pairs, pValue }): AgainstBaseline => {
    const difference = groupedTInterval(pairs, 1 - alpha);
    const adjustedPValue: Estimate | Refusal =
      "refused" in pValue
        ? pValue
        : {
            ...pValue,
            value: adjusted[next++] ?? 1,
            estimator: `${pValue.estimator}, Holm over ${pValues.length}`,
          };
    return {
      policy,
      difference,
      adjustedPValue,
      verdict: verdictOf(difference, adjustedPValue, better, alpha),
    };
  });
}

function verdictOf(
  difference: Figure,
  pValue: Estimate | Refusal,
  better: "lower" | "higher",
  alpha: number,
): AgainstBaseline["verdict"] {
  if ("refused" in difference || "refused" in pValue) return "refused";
  if (pValue.value > alpha) return "not told apart";
  return difference.value < 0 === (better === "lower") ? "better" : "worse";
}
