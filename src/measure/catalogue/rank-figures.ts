import { estimate, type Figure, noRows, type Refusal } from "../../core/figure.js";
import { discount } from "../grouped/ndcg.js";

/** What the ranks were taken over: every item, or so many sampled ones. */
export type RankedOver = { items: "all" } | { items: "sampled"; samples: number };

/** Means over events that each have one positive, by the names of their JSON. */
export interface RankFigures {
  meanRank: Figure;
  meanReciprocalRank: Figure;
  hitRateAtK: Figure;
  ndcgAtK: Figure;
}

/**
 * Of ranks (from 1, halves where tied): mean rank; MRR, mean of 1 / rank; hit rate at k, share of ranks <= k (with one
 * positive an event it is recall at k too); NDCG at k, mean of 1 / log2(rank + 1) where rank <= k. Over sampled items
 * each estimator's name says that it is biased. O(events).
 */
export function rankFigures(ranks: Float64Array | Refusal, k: number, over: RankedOver): RankFigures {
  const mean = (metric: string, worth: (rank: number) => number): Figure => {
    if ("refused" in ranks) return ranks;
    if (ranks.length === 0) return noRows();
    let sum = 0;
    for (let event = 0; event < ranks.length; event++) sum += worth(ranks[event] ?? 0);
    return estimate(sum / ranks.length, ranks.length, `${metric} ${described(over)}`);
  };
  return {
    meanRank: mean("mean rank", (rank) => rank),
    meanReciprocalRank: mean("MRR", (rank) => 1 / rank),
    hitRateAtK: mean(`hit rate at ${k}`, (rank) => (rank <= k ? 1 : 0)),
    ndcgAtK: mean(`NDCG at ${k}`, (rank) => (rank <= k ? discount(rank) : 0)),
  };
}

function described(over: RankedOver): string {
  if (over.items === "all") return "over the whole catalogue";
  return `against ${over.samples} sampled items: biased (Krichene & Rendle 2020), no ranking of models`;
}
