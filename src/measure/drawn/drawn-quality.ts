import { type Figure, refusal } from "../../core/figure.js";
import { rankFigures } from "../catalogue/rank-figures.js";
import { type DrawnRows, sampledAuc } from "./drawn-pairs.js";

/** What a log of positives alone says of a ranking: against drawn negatives, and among all items that were known. */
export interface DrawnQuality {
  sampledAuc: Figure;
  ndcgAt10: Figure;
  meanReciprocalRank: Figure;
  hitRateAt10: Figure;
}

const K = 10;

export function drawnQuality(scored: DrawnRows): DrawnQuality {
  const ranks = scored.drawn.ranks.filter((rank) => !Number.isNaN(rank));
  const figures = rankFigures(ranks.length === 0 ? notRanked : ranks, K, { items: "all" });
  return {
    sampledAuc: sampledAuc(scored),
    ndcgAt10: figures.ndcgAtK,
    meanReciprocalRank: figures.meanReciprocalRank,
    hitRateAt10: figures.hitRateAtK,
  };
}

const notRanked = refusal(
  "not-measured",
  "no event of these was ranked among the known items",
  "use a longer window; of large catalogues a sample of events is ranked",
);
