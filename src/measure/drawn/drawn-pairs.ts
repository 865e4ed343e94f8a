import { estimate, type Figure, noRows, type Refusal, refusal } from "../../core/figure.js";
import { type Scored, weightOf } from "../scored.js";
import { noWeight } from "../weighted-mean.js";

/** Scored rows of a log of positives alone: each event, and right behind it the negatives that were drawn for it. */
export type DrawnRows = Scored & Required<Pick<Scored, "drawn">>;

/** Over events that have negatives: the sum of weight x the mean over their pairs, and the weight. Plain data. */
export interface PairSums {
  rows: number;
  events: number;
  weight: number;
  sum: number;
  /** Pairs of which a score is NaN. */
  unordered: number;
}

export function emptyPairSums(): PairSums {
  return { rows: 0, events: 0, weight: 0, sum: 0, unordered: 0 };
}

/** What a pair is worth, from how far the item taken scores above the negative. */
const PAIRS = {
  wins: (above: number): number => (above > 0 ? 1 : above === 0 ? 0.5 : 0),
  /** -ln sigma(above), without overflow where it is large. */
  loss: (above: number): number => Math.max(-above, 0) + Math.log1p(Math.exp(-Math.abs(above))),
};

/** Adds whole events, in order. O(rows). */
export function addPairs(sums: PairSums, scored: DrawnRows, worth: keyof typeof PAIRS): void {
  const { predictions, drawn } = scored;
  const worthOf = PAIRS[worth];
  sums.rows += predictions.length;
  for (let first = 0, end = 0; first < predictions.length; first = end) {
    let ofEvent = 0;
    for (end = first + 1; end < predictions.length && drawn.event[end] === drawn.event[first]; end++) {
      const above = (predictions[first] ?? Number.NaN) - (predictions[end] ?? Number.NaN);
      if (Number.isNaN(above)) sums.unordered += 1;
      ofEvent += worthOf(above);
    }
    if (end - first === 1) continue;
    const own = weightOf(scored, first);
    sums.sum += (own * ofEvent) / (end - first - 1);
    sums.weight += own;
    sums.events += 1;
  }
}

/**
 * The share of an event's drawn negatives that score below what was taken, ties one half, mean over events by weight:
 * the AUC of BPR (Rendle et al. 2009, section 4.1.1), of samples. An event without negatives says nothing. Unlike a
 * hit rate among samples it estimates without bias what it is over all items, under the distribution they were drawn
 * from (Krichene and Rendle 2020, section 5).
 */
export function winFigure(sums: PairSums): Figure {
  return meanOf(sums, "share of drawn negatives below the item taken, mean over events");
}

/**
 * The mean of -ln sigma(score - negative's score) over an event's negatives, mean over events by weight: what BPR
 * minimises, in nats; ln 2 for who cannot tell them apart. O(rows).
 */
export function pairLoss(scored: DrawnRows): Figure {
  const sums = emptyPairSums();
  addPairs(sums, scored, "loss");
  return meanOf(sums, "mean of -ln sigma(score - negative's score)");
}

function meanOf({ rows, events, weight, sum, unordered }: PairSums, estimator: string): Figure {
  if (rows === 0) return noRows();
  if (unordered > 0) return notOrdered(unordered);
  if (events === 0)
    return refusal(
      "no-groups",
      "no event has a negative",
      "use a longer log: items are known by their events",
    );
  return weight === 0 ? noWeight() : estimate(sum / weight, events, estimator);
}

function notOrdered(pairs: number): Refusal {
  return refusal(
    "not-finite",
    `${pairs} pairs have a score that is NaN`,
    "check the model with unbatch inspect",
  );
}
