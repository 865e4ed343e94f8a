import { type Figure, type Refusal, refusal } from "../../core/figure.js";
import { rankFigures } from "../catalogue/rank-figures.js";
import { addPairs, type DrawnRows, emptyPairSums, type PairSums, winFigure } from "./drawn-pairs.js";

/** What a log of positives alone says of a ranking: against drawn negatives, and among all items that were known. */
export interface DrawnQuality {
  sampledAuc: Figure;
  ndcgAt10: Figure;
  meanReciprocalRank: Figure;
  hitRateAt10: Figure;
}

const K = 10;

/** Those of rows that come bit by bit, whole events at a time. Keeps the ranks, of which there are few. */
export class DrawnMeter {
  readonly #wins: PairSums = emptyPairSums();
  readonly #ranks: number[] = [];

  add(scored: DrawnRows): void {
    addPairs(this.#wins, scored, "wins");
    for (const rank of scored.drawn.ranks) if (!Number.isNaN(rank)) this.#ranks.push(rank);
  }

  figures(): DrawnQuality {
    const ranks = this.#ranks.length === 0 ? notRanked : Float64Array.from(this.#ranks);
    const figures = rankFigures(ranks, K, { items: "all" });
    return {
      sampledAuc: winFigure(this.#wins),
      ndcgAt10: figures.ndcgAtK,
      meanReciprocalRank: figures.meanReciprocalRank,
      hitRateAt10: figures.hitRateAtK,
    };
  }
}

const notRanked: Refusal = refusal(
  "not-measured",
  "no event of these was ranked among the known items",
  "use a longer window: of a long log a sample of the events is ranked",
);
