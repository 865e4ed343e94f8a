import { type Figure, type Refusal, refusal } from "../core/figure.js";
import { isPairwise, type Link } from "../core/model-spec.js";
import { averagePrecision } from "./average-precision.js";
import { DrawnMeter } from "./drawn/drawn-quality.js";
import { groupedAuc } from "./grouped/grouped-auc.js";
import { meanOverGroups } from "./grouped/mean-over-groups.js";
import { ndcgPerGroup } from "./grouped/ndcg.js";
import { rankGroups } from "./grouped/ranked-groups.js";
import { reciprocalRankPerGroup } from "./grouped/reciprocal-rank.js";
import { hitRatePerGroup, recallPerGroup } from "./grouped/top-k.js";
import { KeptRows } from "./kept-rows.js";
import { notProbability } from "./probability.js";
import { rocAuc } from "./roc-auc.js";
import type { Scored } from "./scored.js";
import {
  type AucHistogram,
  addToAucHistogram,
  emptyAucHistogram,
  streamingAuc,
} from "./streaming/auc-histogram.js";
import { figuresOf } from "./streaming/quality-figures.js";
import { addToSums, emptySums } from "./streaming/quality-sums.js";

/** The metrics that replay and compare report, by the names of their JSON. */
export interface Quality {
  logLoss: Figure;
  normalizedEntropy: Figure;
  rocAuc: Figure;
  calibrationRatio: Figure;
  baseRate: Figure;
  averagePrecision: Figure;
  brier: Figure;
  expectedCalibrationError: Figure;
  rootMeanSquaredError?: Figure;
  meanAbsoluteError?: Figure;
  /** Where the log names its groups: means over groups. */
  groupedAuc?: Figure;
  ndcgAt10?: Figure;
  meanReciprocalRank?: Figure;
  recallAt10?: Figure;
  hitRateAt10?: Figure;
  /** Of a log of positives alone; then the ranking metrics above are of ranks among all known items. */
  sampledAuc?: Figure;
}

/** What they say of scores that only rank. */
const notPairwise: Refusal = refusal(
  "not-a-probability",
  "a pairwise link ranks the items of one user: its scores are no probabilities, and those of two users do not compare",
  "read sampledAuc and the ranking metrics, or use the logistic link",
);

/** Rows that metrics of ranks are exact for: they need every prediction at once. */
export const EXACT_ROWS = 3_000_000;

/**
 * The metrics of rows that come bit by bit, each that of its own function over all of them. Beyond `exactRows` the rows
 * themselves are no longer kept: AUC is then known to within an interval, and other metrics of ranks are refused.
 */
export class QualityMeter {
  readonly #link: Link;
  readonly #exactRows: number;
  readonly #sums = emptySums();
  #kept = new KeptRows();
  #histogram: AucHistogram | undefined;
  #refused: Refusal | undefined;
  #drawn: DrawnMeter | undefined;

  constructor(link: Link, exactRows: number = EXACT_ROWS) {
    this.#link = link;
    this.#exactRows = exactRows;
  }

  get rows(): number {
    return this.#sums.rows;
  }

  add(scored: Scored): void {
    // Scores of a pairwise link are values, of which no mean is reported.
    const link = isPairwise(this.#link) ? "squared" : this.#link;
    this.#refused ??= addToSums(this.#sums, scored, link);
    const { drawn } = scored;
    if (drawn !== undefined) {
      this.#drawn ??= new DrawnMeter();
      this.#drawn.add({ ...scored, drawn });
    }
    if (this.#link !== "logistic" || this.#refused !== undefined) return;
    // Before they are kept: room for one more would be made for all.
    if (this.#histogram === undefined && this.rows > this.#exactRows) {
      this.#histogram = emptyAucHistogram();
      const { all } = this.#kept;
      if (all !== undefined) addToAucHistogram(this.#histogram, all);
      this.#kept = new KeptRows();
    }
    if (this.#histogram !== undefined) addToAucHistogram(this.#histogram, scored);
    else this.#kept.add(scored);
  }

  figures(): Quality {
    const refused = this.#refused;
    const ofDraws = this.#drawn?.figures() ?? {};
    if (isPairwise(this.#link)) return { ...refusedQuality(notPairwise), ...ofDraws };
    const { brierScore: brier, ...figures } = figuresOf(this.#sums, this.#link);
    const { rootMeanSquaredError, meanAbsoluteError, ...ofProbabilities } = figures;
    if (this.#link === "squared") {
      const none = { rocAuc: notProbability, averagePrecision: notProbability };
      const errors =
        refused === undefined
          ? { rootMeanSquaredError, meanAbsoluteError }
          : { rootMeanSquaredError: refused, meanAbsoluteError: refused };
      return { ...ofProbabilities, brier, ...none, ...errors };
    }
    if (refused !== undefined) return { ...refusedQuality(refused), ...ofDraws };
    return { ...ofProbabilities, brier, ...this.#ranks(), ...ofDraws };
  }

  #ranks(): Pick<Quality, "rocAuc" | "averagePrecision"> & Partial<Quality> {
    if (this.#histogram !== undefined) {
      const reason = `${this.rows} rows: more than the ${this.#exactRows} that are ranked together`;
      const tooMany = refusal("too-many-rows", reason, "read the windows, or replay fewer rows");
      return { rocAuc: streamingAuc(this.#histogram), averagePrecision: tooMany };
    }
    const all = this.#kept.all ?? { predictions: new Float64Array(0), labels: new Float64Array(0) };
    return {
      rocAuc: rocAuc(all),
      averagePrecision: averagePrecision(all),
      ...(all.groups === undefined ? {} : groupRanks(all, all.groups)),
    };
  }
}

export function qualityOf(scored: Scored, link: Link): Quality {
  const meter = new QualityMeter(link, Number.POSITIVE_INFINITY);
  meter.add(scored);
  return meter.figures();
}

/** Predictions that are no probabilities have no metric. */
function refusedQuality(refused: Refusal): Quality {
  return {
    ...{ logLoss: refused, normalizedEntropy: refused, rocAuc: refused, calibrationRatio: refused },
    ...{ baseRate: refused, averagePrecision: refused, brier: refused, expectedCalibrationError: refused },
  };
}

const K = 10;

/** One ranking of each group's rows for all metrics of it. */
function groupRanks(scored: Scored, keys: Float64Array): Partial<Quality> {
  const groups = rankGroups(scored, keys);
  if ("refused" in groups) {
    const none = { groupedAuc: groups, ndcgAt10: groups, meanReciprocalRank: groups };
    return { ...none, recallAt10: groups, hitRateAt10: groups };
  }
  return {
    groupedAuc: groupedAuc(groups, "impressions"),
    ndcgAt10: meanOverGroups(groups, ndcgPerGroup(groups, K), "NDCG@10"),
    meanReciprocalRank: meanOverGroups(groups, reciprocalRankPerGroup(groups), "reciprocal rank"),
    recallAt10: meanOverGroups(groups, recallPerGroup(groups, K), "recall@10"),
    hitRateAt10: meanOverGroups(groups, hitRatePerGroup(groups, K), "hit rate@10"),
  };
}
