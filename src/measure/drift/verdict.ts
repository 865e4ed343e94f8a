import type { Refusal } from "../../core/figure.js";
import { benjaminiHochberg } from "./benjamini-hochberg.js";
import type { FeatureDrift } from "./feature-drift.js";

/**
 * `drift`: the distributions differ beyond chance, by enough to matter. `minor`: beyond chance, not by enough.
 * `stable`: neither. `unclear`: by enough to matter, but chance would do as much: more rows would tell.
 */
export type Verdict = "drift" | "minor" | "stable" | "unclear";

export interface Thresholds {
  /** Share of false calls among the calls (of all features together). */
  falseDiscoveryRate: number;
  /** Least PSI, over what chance gives, that matters: .1 by custom (Siddiqi 2006). */
  psi: number;
  /** Least share of rows in new categories, over what a long tail gives, that matters. */
  newShare: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { falseDiscoveryRate: 0.05, psi: 0.1, newShare: 0.05 };

export type Judged = (FeatureDrift & { verdict: Verdict; adjustedPValue: number; because: string }) | Refusal;

/**
 * The one place that says whether a feature drifts. P-values are adjusted over all features that were tested
 * (Benjamini & Hochberg); effect sizes are what is left after the effect that chance has at these rows. A refused
 * comparison has no verdict and does not count among the tests. O(k log k).
 */
export function judge(drifts: readonly (FeatureDrift | Refusal)[], thresholds: Thresholds): Judged[] {
  const pValues = drifts.flatMap((drift) => ("refused" in drift ? [] : [drift.pValue]));
  const adjusted = benjaminiHochberg(pValues);
  let at = 0;
  return drifts.map((drift) =>
    "refused" in drift ? drift : verdictOf(drift, adjusted[at++] ?? 1, thresholds),
  );
}

function verdictOf(drift: FeatureDrift, adjustedPValue: number, thresholds: Thresholds): Judged {
  const { psi, psiWithoutDrift, categorical } = drift;
  if ("refused" in psi) return psi;
  const psiExcess = psi.value - psiWithoutDrift;
  const newExcess = categorical === undefined ? 0 : categorical.appeared.share - categorical.expectedShare;
  const reasons = [
    ...(psiExcess >= thresholds.psi ? [`PSI ${psi.value.toFixed(3)}`] : []),
    ...(newExcess >= thresholds.newShare
      ? [`${(100 * (categorical?.appeared.share ?? 0)).toFixed(1)} % of rows in new categories`]
      : []),
  ];
  const isBeyondChance = adjustedPValue <= thresholds.falseDiscoveryRate;
  const matters = reasons.length > 0;
  const verdict = isBeyondChance ? (matters ? "drift" : "minor") : matters ? "unclear" : "stable";
  const because = matters ? reasons.join(", ") : `PSI ${psi.value.toFixed(3)}`;
  return { verdict, adjustedPValue, because, ...drift };
}
