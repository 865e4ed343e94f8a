import { type Refusal, refusal } from "../../core/figure.js";
import { type FeatureDrift, featureDrift } from "../../measure/drift/feature-drift.js";
import { type LossShift, lossShift } from "../../measure/drift/loss-shift.js";
import type { Observed } from "../../measure/drift/observed.js";
import { type Judged, judge, type Thresholds, type Verdict } from "../../measure/drift/verdict.js";
import { type Compared, keyOf } from "./compared.js";
import type { DriftInputs, Part } from "./inputs.js";

/** A feature, the label or the prediction of two parts. */
export type ComparedFeature = { role: "feature" | "label" | "prediction"; name: string } & Judged;

export interface PartComparison {
  reference: string;
  current: string;
  features: ComparedFeature[];
  /** Where a model was given. */
  loss?: LossShift | Refusal;
}

export interface DriftResult {
  comparisons: PartComparison[];
  summary: Record<Verdict | "refused", number>;
}

export interface CompareOptions {
  thresholds: Thresholds;
  minRows: number;
  /** Of windows: every one with the first, or with the one before it. */
  against: "first" | "previous";
}

/** Every part after the first, feature by feature; the verdicts of all of them are adjusted together. */
export function compareParts({ compared, parts }: DriftInputs, options: CompareOptions): DriftResult {
  const pairs = parts.slice(1).map((current, index) => {
    const reference = options.against === "previous" ? parts[index] : parts[0];
    return { reference: reference ?? current, current };
  });
  const drifts = pairs.map(({ reference, current }) =>
    driftsOf(compared, reference, current, options.minRows),
  );
  const judged = judge(
    drifts.flatMap((list) => list.map(({ drift }) => drift)),
    options.thresholds,
  );
  let at = 0;
  const comparisons = pairs.map(({ reference, current }, pair): PartComparison => {
    const features = (drifts[pair] ?? []).map(({ role, name }): ComparedFeature => {
      return { role, name, ...(judged[at++] ?? notJudged) };
    });
    return { reference: reference.name, current: current.name, features, ...lossOf(reference, current) };
  });
  const summary = { drift: 0, minor: 0, stable: 0, unclear: 0, refused: 0 };
  for (const { features } of comparisons)
    for (const one of features) summary["refused" in one ? "refused" : one.verdict] += 1;
  return { comparisons, summary };
}

const notJudged = refusal("not-measured", "no verdict was made", "report this as a bug");

interface Drift {
  role: ComparedFeature["role"];
  name: string;
  drift: FeatureDrift | Refusal;
}

function driftsOf(compared: readonly Compared[], reference: Part, current: Part, minRows: number): Drift[] {
  const pair = (before: Observed | undefined, after: Observed | undefined): FeatureDrift | Refusal =>
    before === undefined || after === undefined
      ? refusal("not-measured", "it was not read", "report this as a bug")
      : featureDrift(before, after, minRows);
  const drifts = compared.map((one): Drift => {
    const { role, name } = one;
    if ("refused" in one) return { role, name, drift: one.refused };
    const key = keyOf(one);
    return { role, name, drift: pair(reference.observed.get(key), current.observed.get(key)) };
  });
  if (reference.scored === undefined || current.scored === undefined) return drifts;
  const drift = pair(reference.scored.predictions, current.scored.predictions);
  return [...drifts, { role: "prediction", name: "prediction", drift }];
}

function lossOf({ scored: reference }: Part, { scored: current }: Part): { loss?: LossShift | Refusal } {
  if (reference === undefined || current === undefined) return {};
  if (reference.losses === undefined || current.losses === undefined) {
    const loss = refusal("no-column", "not every log has the label", "set log.label, and give logs with it");
    return { loss };
  }
  return { loss: lossShift(reference.losses, current.losses) };
}
