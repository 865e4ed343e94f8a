import { noRows, type Refusal, refusal } from "../../core/figure.js";
import { seededRandom } from "../../core/random.js";
import { type Catalogue, notInCatalogue, notRanked, type PositiveEvents, scoreOf } from "./positive-ranks.js";

/**
 * The rank of each event's positive among itself and so many sampled items: uniform, without the positive, drawn with
 * replacement, ties one half. Cheap, and biased: metrics of such ranks can order two models otherwise than metrics over
 * the whole catalogue do (Krichene & Rendle 2020, "On Sampled Metrics for Item Recommendation"), so every figure made
 * of them must carry that label (see rankFigures). Refused: as positiveRanks; a catalogue of one item.
 * O(events x samples x width).
 */
export function sampledRanks(
  catalogue: Catalogue,
  events: PositiveEvents,
  { samples, seed }: { samples: number; seed: number },
): Float64Array | Refusal {
  const { positives, queries } = events;
  const itemCount = catalogue.items.length / catalogue.width;
  if (positives.length === 0) return noRows();
  const absent = positives.findIndex((item) => item < 0 || item >= itemCount);
  if (absent >= 0) return notInCatalogue(absent, positives[absent] ?? -1, itemCount);
  if (itemCount < 2) {
    return refusal("not-in-catalogue", "the catalogue holds one item", "give the whole catalogue");
  }
  const random = seededRandom(seed);
  const ranks = new Float64Array(positives.length);
  for (let event = 0; event < positives.length; event++) {
    const positive = positives[event] ?? 0;
    const mine = scoreOf(catalogue, queries, event, positive);
    let rank = 1;
    for (let draw = 0; draw < samples; draw++) {
      // One of the others: those from the positive on stand one further.
      const other = Math.floor(random.uniform() * (itemCount - 1));
      const item = other < positive ? other : other + 1;
      const score = scoreOf(catalogue, queries, event, item);
      if (score > mine) rank += 1;
      else if (score === mine) rank += 0.5;
      else if (!(score < mine)) return notRanked(event, item);
    }
    ranks[event] = rank;
  }
  return ranks;
}
