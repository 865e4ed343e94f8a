import { UnbatchError } from "../core/errors.js";
import { type Prior, SmoothedMeans } from "../model/smoothed-means.js";
import { moments } from "../replay/clock.js";
import type { Course } from "./runner.js";

/** Running smoothed means of the label: what any model must beat. */
export interface FloorPlan {
  of: "global" | "item" | "user";
  prior: Prior;
}

type FloorCourse = Pick<
  Course,
  "predictions" | "labels" | "firstPrediction" | "firstLabel" | "startMicros" | "link" | "progress"
>;

/**
 * Predicts each test row by the mean of the labels known strictly before it, in the log's own order; what was known
 * before the test is learned first. Scores are before the link. Returns the rows learned in the test.
 * Errors: no log.user or log.item where it is needed; a prior of probabilities above 1.
 */
export function runFloor({ of, prior }: FloorPlan, course: FloorCourse, scores: Float64Array): number {
  const { predictions, labels, firstPrediction, firstLabel, startMicros, link, progress } = course;
  if (link === "logistic" && prior.sum > prior.count) throw badPrior(prior);
  const means = new SmoothedMeans(prior);
  const shownKeys = keysOf(of, predictions);
  const knownKeys = keysOf(of, labels);
  const learn = (from: number, to: number): void => {
    for (let row = from; row < to; row++)
      means.learn(knownKeys[row] ?? 0, labels.label[row] ?? 0, labels.weight?.[row] ?? 1);
  };
  learn(0, firstLabel);
  const shown = predictions.shownAtMicros.subarray(firstPrediction);
  const known = labels.knownAtMicros.subarray(firstLabel);
  for (const moment of moments(shown, known, { startMicros })) {
    if (moment.kind === "learn") learn(firstLabel + moment.from, firstLabel + moment.to);
    else if (moment.kind === "predict") {
      for (let row = firstPrediction + moment.from; row < firstPrediction + moment.to; row++) {
        const mean = means.predict(shownKeys[row] ?? 0);
        scores[row] = link === "logistic" ? Math.log(mean / (1 - mean)) : mean;
      }
      progress.advance(moment.to - moment.from);
    }
  }
  return labels.rows - firstLabel;
}

/** Key 0 is everybody, and rows without an id. */
function keysOf(of: FloorPlan["of"], batch: Course["predictions"]): Int32Array {
  if (of === "global") return new Int32Array(batch.rows);
  const codes = batch.identities.get(of);
  if (codes !== undefined) return codes.map((code) => code + 1);
  throw new UnbatchError({
    where: "compare.policies",
    found: `a floor of each ${of}, and no log.${of}`,
    expected: `the column that names the ${of}`,
    next: `add log.${of} to unbatch.yaml`,
  });
}

function badPrior({ sum, count }: Prior): UnbatchError {
  return new UnbatchError({
    where: "compare.policies",
    found: `a prior of ${sum} positives in ${count} rows`,
    expected: "no more positives than rows",
    next: "write prior: [positives, rows], for example [1, 2]",
  });
}
