import { evaluateLabelRule, parseLabelRule } from "../../../../src/config/label-rule.js";
import { logLoss } from "../../../../src/measure/log-loss.js";
import { binaryEntropy } from "../../../../src/measure/normalized-entropy.js";
import { rocAuc } from "../../../../src/measure/roc-auc.js";
import { type Scored, slice } from "../../../../src/measure/scored.js";
import { meanAbsoluteError, rootMeanSquaredError } from "../../../../src/measure/squared-error.js";
import { SmoothedMeans } from "../../../../src/model/smoothed-means.js";
import type { Tally } from "../../tally.js";
import type { RatingLog } from "./movie-tweetings.js";

export interface Prequential {
  label: string;
  prior: [number, number];
  events: number;
  positives: number;
  positive_rate: number;
  entropy_of_positive_rate: number;
  baselines: (Checkpoints & {
    baseline: string;
    log_loss: number;
    auc: number;
    first_predictions: number[];
    last_prediction: number;
  })[];
}

export interface RunningMean extends Checkpoints {
  predictor: string;
}

interface Checkpoints {
  checkpoints_columns: string[];
  checkpoints: number[][];
}

/** Each event is predicted from the labels before it in the total order, then learned. */
function predictThenLearn(
  { order }: RatingLog,
  labelOfRow: Float64Array,
  keyOfRow: ArrayLike<number> | undefined,
  means: SmoothedMeans,
): Scored {
  const predictions = new Float64Array(order.length);
  const labels = Float64Array.from(order, (row) => labelOfRow[row] ?? Number.NaN);
  order.forEach((row, event) => {
    const key = keyOfRow?.[row] ?? 0;
    predictions[event] = means.predict(key);
    means.learn(key, labels[event] ?? 0);
  });
  return { predictions, labels };
}

const metrics = { log_loss: logLoss, auc: rocAuc, mae: meanAbsoluteError, rmse: rootMeanSquaredError };
const measured = new WeakMap<Scored, Map<string, number>>();
const runs = new Map<string, Scored>();

/** Kept a process long: a mutation of what is expected changes nothing of what is found. */
function measure(scored: Scored, name: string, events: number): number | undefined {
  const known = measured.get(scored) ?? new Map<string, number>();
  measured.set(scored, known);
  const key = `${name} ${events}`;
  const metric = Object.entries(metrics).find(([one]) => one === name)?.[1];
  if (!known.has(key) && metric !== undefined) {
    const figure = metric(slice(scored, 0, events));
    known.set(key, "refused" in figure ? Number.NaN : figure.value);
  }
  return known.get(key);
}

function run(key: string, make: () => Scored): Scored {
  const scored = runs.get(key) ?? make();
  runs.set(key, scored);
  return scored;
}

function checkCheckpoints(tally: Tally, where: string, expected: Checkpoints, scored: Scored): void {
  const [first, ...names] = expected.checkpoints_columns;
  tally.same(`${where}: columns`, first, "first_n_events");
  for (const [events = 0, ...values] of expected.checkpoints) {
    tally.same(`${where}: checkpoint`, Number.isInteger(events) && events <= scored.labels.length, true);
    names.forEach((name, at) => {
      tally.near(`${where}: ${name} of the first ${events}`, measure(scored, name, events), values[at]);
    });
  }
}

export function checkPrequential(tally: Tally, where: string, expected: Prequential, log: RatingLog): void {
  const { label, prior, baselines } = expected;
  const columns = new Map([["rating", { kind: "number" as const, values: log.ratings }]]);
  const labels = evaluateLabelRule(parseLabelRule(label), columns, log.ratings.length, "float64");
  const positives = labels.reduce((sum, one) => sum + one, 0);
  const events = labels.length;
  tally.same(`${where}: events`, events, expected.events);
  tally.same(`${where}: positives`, positives, expected.positives);
  tally.near(`${where}: positive rate`, positives / events, expected.positive_rate);
  tally.near(`${where}: entropy`, binaryEntropy(positives / events), expected.entropy_of_positive_rate);

  const smoothed = (): SmoothedMeans => new SmoothedMeans({ sum: prior[0], count: prior[1] });
  const predictors: Record<string, () => Scored> = {
    global: () => predictThenLearn(log, labels, undefined, smoothed()),
    item: () => predictThenLearn(log, labels, log.items.codes, smoothed()),
    user: () => predictThenLearn(log, labels, log.users.codes, smoothed()),
    global_plain: () =>
      predictThenLearn(log, labels, undefined, new SmoothedMeans({ sum: 0, count: 0 }, 0.5)),
  };
  for (const one of baselines) {
    const at = `${where}: ${one.baseline}`;
    const make = predictors[one.baseline];
    if (make === undefined) {
      tally.same(at, "no implementation", one.baseline);
      continue;
    }
    const scored = run(`${label} ${prior} ${one.baseline}`, make);
    tally.near(`${at}: log loss`, measure(scored, "log_loss", events), one.log_loss);
    tally.near(`${at}: AUC`, measure(scored, "auc", events), one.auc);
    checkCheckpoints(tally, at, one, scored);
    one.first_predictions.forEach((value, event) => {
      tally.near(`${at}: prediction ${event}`, scored.predictions[event], value);
    });
    tally.near(`${at}: last prediction`, scored.predictions[events - 1], one.last_prediction);
  }
}

/** Mean of the ratings seen so far, 0 before the first. */
export function checkRunningMean(tally: Tally, where: string, expected: RunningMean, log: RatingLog): void {
  const scored = run("running mean", () =>
    predictThenLearn(log, log.ratings, undefined, new SmoothedMeans({ sum: 0, count: 0 }, 0)),
  );
  checkCheckpoints(tally, where, expected, scored);
}
