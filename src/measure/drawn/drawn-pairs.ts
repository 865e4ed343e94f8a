import { estimate, type Figure, noRows, type Refusal, refusal } from "../../core/figure.js";
import { refuseNaN } from "../order.js";
import { type Scored, weightOf } from "../scored.js";
import { noWeight } from "../weighted-mean.js";

/** Scored rows of a log of positives alone: each event, and right behind it the negatives that were drawn for it. */
export type DrawnRows = Scored & Required<Pick<Scored, "drawn">>;

/**
 * The share of an event's drawn negatives that score below what was taken, ties one half, mean over events by weight:
 * the AUC of BPR (Rendle et al. 2009, section 4.1.1), of samples. An event without negatives says nothing. Unlike a
 * hit rate among samples it estimates without bias what it is over all items, under the distribution they were drawn
 * from (Krichene and Rendle 2020, section 5). O(rows).
 */
export function sampledAuc(scored: DrawnRows): Figure {
  const wins = meanOverEvents(scored, (taken, negative) =>
    taken > negative ? 1 : taken === negative ? 0.5 : 0,
  );
  if ("refused" in wins) return wins;
  return estimate(wins.mean, wins.events, "share of drawn negatives below the item taken, mean over events");
}

/**
 * The mean of -ln sigma(score - negative's score) over an event's negatives, mean over events by weight: what BPR
 * minimises, in nats; ln 2 for who cannot tell them apart. O(rows).
 */
export function pairLoss(scored: DrawnRows): Figure {
  const losses = meanOverEvents(scored, lossOfPair);
  if ("refused" in losses) return losses;
  return estimate(losses.mean, losses.events, "mean of -ln sigma(score - negative's score)");
}

/** The summed pair loss of events that have negatives, and their weight. */
export function pairLossSum(scored: DrawnRows): { sum: number; weight: number } {
  const { sum, weight } = sumOverEvents(scored, lossOfPair);
  return { sum, weight };
}

/** Without overflow where the difference is large. */
function lossOfPair(taken: number, negative: number): number {
  const difference = taken - negative;
  return Math.max(-difference, 0) + Math.log1p(Math.exp(-Math.abs(difference)));
}

type Pair = (taken: number, negative: number) => number;

function meanOverEvents(scored: DrawnRows, pair: Pair): { mean: number; events: number } | Refusal {
  if (scored.labels.length === 0) return noRows();
  const unranked = refuseNaN(scored.predictions);
  if (unranked !== undefined) return unranked;
  const { sum, weight, events } = sumOverEvents(scored, pair);
  if (events === 0)
    return refusal(
      "no-groups",
      "no event has a negative",
      "use a longer log: items are known by their events",
    );
  return weight === 0 ? noWeight() : { mean: sum / weight, events };
}

function sumOverEvents(scored: DrawnRows, pair: Pair): { sum: number; weight: number; events: number } {
  const { predictions, drawn } = scored;
  let [sum, weight, events] = [0, 0, 0];
  for (let first = 0, end = 0; first < predictions.length; first = end) {
    let ofEvent = 0;
    for (end = first + 1; end < predictions.length && drawn.event[end] === drawn.event[first]; end++)
      ofEvent += pair(predictions[first] ?? Number.NaN, predictions[end] ?? Number.NaN);
    if (end - first === 1) continue;
    const own = weightOf(scored, first);
    sum += (own * ofEvent) / (end - first - 1);
    weight += own;
    events += 1;
  }
  return { sum, weight, events };
}
