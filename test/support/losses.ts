import { isPairwise, type Link, type PairwiseLink, type PointwiseLink } from "../../src/core/model-spec.js";
import type { EventBatch } from "../../src/model/batch.js";
import { plainLearner } from "../../src/model/learner.js";
import type { ModelState } from "../../src/model/state.js";

/** Rows of each event that has negatives, the one taken first. */
export function eventsOf({ drawn, rows }: EventBatch): number[][] {
  const events = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const event = drawn?.event[row] ?? -1;
    events.set(event, [...(events.get(event) ?? []), row]);
  }
  return [...events.values()].filter((list) => list.length > 1);
}

/** The mean over rows, or over events that have negatives, of weight x loss: in closed form, from scores of all terms. */
export function lossOf(state: ModelState, batch: EventBatch, link: Link): number {
  const scores = new Float64Array(batch.rows);
  plainLearner(state).over(batch).score(0, batch.rows, scores);
  return isPairwise(link) ? meanOfEvents(scores, batch, link) : meanOfRows(scores, batch, link);
}

function meanOfRows(scores: Float64Array, batch: EventBatch, link: PointwiseLink): number {
  let sum = 0;
  scores.forEach((score, row) => {
    const label = batch.label[row] ?? 0;
    const softplus = Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));
    const loss = link === "logistic" ? softplus - label * score : (score - label) ** 2 / 2;
    sum += (batch.weight?.[row] ?? 1) * loss;
  });
  return sum / batch.rows;
}

function meanOfEvents(scores: Float64Array, batch: EventBatch, link: PairwiseLink): number {
  const events = eventsOf(batch);
  let sum = 0;
  for (const [first = 0, ...negatives] of events) {
    const at = (row: number): number => scores[row] ?? Number.NaN;
    const logit = (row: number): number => at(row) - (batch.drawn?.logProbability[row] ?? Number.NaN);
    const pairs = negatives.map((row) => Math.log1p(Math.exp(at(row) - at(first))));
    const loss =
      link === "bpr"
        ? pairs.reduce((a, b) => a + b, 0) / pairs.length
        : Math.log([first, ...negatives].reduce((a, row) => a + Math.exp(logit(row)), 0)) - logit(first);
    sum += (batch.weight?.[first] ?? 1) * loss;
  }
  return sum / Math.max(1, events.length);
}
