import type {
  BagCombine,
  HashFunction,
  Link,
  NegativesSpec,
  OptimizerSpec,
  Precision,
} from "../core/model-spec.js";
import type { TermConfig } from "./term-config.js";

/** unbatch.yaml after parsing: durations and times are microseconds, every default is filled in. */
export interface Config {
  version: 1;
  log: LogConfig;
  features: FeatureConfig[];
  checkpoint?: CheckpointConfig | undefined;
  /** The terms of a model that begins from the log; a converted model brings its own. */
  model?: { link: Link; terms: TermConfig[] } | undefined;
  learner: LearnerConfig;
  replay: ReplayConfig;
  compare?: CompareConfig | undefined;
  /** In dollars; without them no cost in dollars is given. */
  prices?: { cpuHour: number; gigabyteRead: number } | undefined;
}

export interface LogConfig {
  time: { column: string; unit?: "s" | "ms" | "us" | "ns" | undefined };
  /** `missing` is the label of a row whose rule meets a null or NaN; "reject" (the default) sets it aside. */
  label?:
    | { rule: string; precision?: Precision | undefined; missing?: 0 | 1 | "reject" | undefined }
    | undefined;
  /** When a label could be used: after a delay (by label class) or as a column says. Default: at once. */
  known?: { after: number | { positive: number; negative: number } } | { column: string } | undefined;
  user?: string | undefined;
  item?: string | undefined;
  group?: string | undefined;
  weight?: string | undefined;
  propensity?: string | undefined;
  position?: string | undefined;
  /** Breaks ties of time, so that the order of files and rows does not matter. */
  eventId?: string | undefined;
  /** Share of rows that may be set aside before the run fails. */
  maxRejected: number;
}

export interface FeatureConfig {
  name: string;
  /** Default: the feature's name. */
  column?: string | undefined;
  encoder: EncoderConfig;
  /** Any number of values a row, or values with weights: see BagSpec. */
  bag?: BagConfig | undefined;
}

export interface BagConfig {
  combine: BagCombine;
  weights?: string | undefined;
  split?: string | undefined;
}

export type UnknownConfig =
  | "grow"
  | "reject"
  | { growFrom: number }
  | { row: number }
  | { buckets: number; function: "farmhash64" };

export type EncoderConfig =
  | {
      kind: "vocabulary";
      /** Looked for in --assets, the checkpoint's own assets and the folder of unbatch.yaml; or a map inside the checkpoint. */
      file?: string | undefined;
      key?: string | undefined;
      unknown: UnknownConfig;
      missing?: string | undefined;
    }
  | {
      kind: "hash";
      buckets: number;
      function: HashFunction;
      prefix?: string | undefined;
      key?: [number, number] | undefined;
      namespace?: string | undefined;
      maskValue?: string | undefined;
      missing?: string | undefined;
    }
  | { kind: "identity"; size: number; outOfRange: number | "reject"; missing?: number | undefined }
  | {
      kind: "bucketize";
      boundaries: number[];
      side?: "left" | "right" | undefined;
      precision: Precision;
      beyond?: { from: number; row: number } | undefined;
      missing?: number | undefined;
    }
  | {
      kind: "dense";
      mean: number;
      /** Give `scale` or `variance`, not both; neither means 1. */
      scale?: number | undefined;
      variance?: number | undefined;
      transform: "none" | "log1p";
      truncate: boolean;
      precision: Precision;
      /** `keep`: stays missing, for trees. */
      missing?: number | "keep" | undefined;
    };

export interface CheckpointConfig {
  path?: string | undefined;
  family?:
    | "logistic-regression"
    | "matrix-factorisation"
    | "factorisation-machine"
    | "wide-and-deep"
    | "gbdt"
    | "als"
    | "word-features"
    | "gmf"
    | "ncf"
    | "neumf"
    | "deepfm"
    | "dcn"
    | "dlrm"
    | "two-tower"
    | undefined;
  /** A part of the name of the one output to go on with, where the model has several. */
  head?: string | undefined;
  /** What BatchNorm added to a variance, where the checkpoint does not say. */
  batchNormEpsilon?: number | undefined;
  /** The order in which a DLRM has what its upper layers read. */
  interaction?: InteractionLayout | undefined;
  /** Role -> tensor name, where the recogniser guessed wrong or could not. */
  tensors?: Record<string, string> | undefined;
  /** Which of several outputs (classes) to go on with, from 0. */
  output?: number | undefined;
  /** The source's score as a logit: scale x score + shift. */
  calibration?: { scale: number; shift: number } | undefined;
  /** How an ALS was trained: a row for users of the log that it does not hold. */
  foldIn?:
    | {
        regularization: number;
        alpha: number;
        confidence: "linear" | "log";
        regularize: "plain" | "by-count";
      }
    | undefined;
  /** Training kept this share of its negatives, unweighted; the log has all of them, has weights for them, or is sampled alike. */
  negatives?: { kept: number; log: "whole" | "weighted" | "sampled" } | undefined;
  /** How training cut its events: what the optimizer's slots were gathered over. */
  training?: { batchSize: number; reduction: "mean" | "sum"; events?: number | undefined } | undefined;
  /** Default: what loses least on rows before the cut-off, where convert is given a log; else exact. */
  slots?: "exact" | "rescaled" | "fresh" | undefined;
  /** Largest difference of the logits that conversion may show. */
  tolerance: number;
  /**
   * Outputs of the source model: a JSON or Parquet file of equal-length columns. `columns`: log column -> its name there;
   * `rows`: feature -> the column of what the source's encoders gave it.
   */
  golden?:
    | {
        file: string;
        columns: Record<string, string>;
        score: string;
        scale: "logit" | "probability";
        rows?: Record<string, string> | undefined;
      }
    | undefined;
  /** What the checkpoint has learned: rows shown through, with labels as of. */
  trained?: { throughShownAt: number; labelsAsOf: number } | undefined;
}

export interface InteractionLayout {
  /** Features, and `dense` for the vector of the numbers; default: dense, then the features as unbatch.yaml has them. */
  vectors?: string[] | undefined;
  /** (1,0), (2,0), (2,1) ... as the reference implementation has them, or (0,1), (0,2) ..., (1,2) ... as TorchRec has. */
  pairs: "lower" | "upper";
  /** Side by side below the first upper layer; `vectors` are those of the features. */
  above: ("dense" | "products" | "vectors")[];
}

export interface LearnerConfig {
  optimizer?: OptimizerSpec | undefined;
  /** By term name; a term not listed has `optimizer`. */
  terms: Record<string, OptimizerSpec>;
  batchSize: number;
  precision: Precision;
  seed: number;
  /** Of a log of positives alone: what each is learned against. */
  negatives?: NegativesConfig | undefined;
}

export interface NegativesConfig {
  perPositive: number;
  sampling: NegativesSpec["sampling"];
  /** Default: the features of log.item's column. */
  itemFeatures?: string[] | undefined;
}

export interface ReplayConfig {
  window: number;
  publishEvery?: number | undefined;
  updateEvery?: number | undefined;
  /** Rows learned. */
  checkpointEvery?: number | undefined;
}

export interface CompareConfig {
  /** Train the checkpoint on the log's first days, counted from 00:00 UTC of the first event's day. */
  pretrain?: number | undefined;
  /** First test slice of a converted checkpoint; default: the first slice boundary at or after its cut-off. */
  start?: number | undefined;
  slice: number;
  /** What counts as caught up, in normalized entropy and consecutive slices. */
  convergence: { epsilon: number; slices: number };
  /** The policy that the others are measured against; default: the first online one. */
  baseline?: string | undefined;
  policies: PolicyConfig[];
  /** Where settings are from: one run of `unbatch tune`, an equal budget for each policy named. */
  tuned?: TunedConfig | undefined;
}

export interface TunedConfig {
  /** The rows that were scored were shown from here on ... */
  from: number;
  /** ... and before this: nothing shown or known then or later was looked at. */
  to: number;
  rows: number;
  /** Settings tried for each. */
  candidates: number;
  /** What trains the checkpoint on the log's first days. */
  checkpoint?: TunedSettings | undefined;
  policies: Record<string, TunedSettings>;
}

export interface TunedSettings {
  /** Fingerprint of the settings that were chosen. */
  settings: string;
  /** Mean normalized loss of the scored rows under them. */
  loss: number;
  /** By all candidates together. */
  rowsLearned: number;
}

/** What a policy may set for itself; the rest is the common learner's. */
export interface PolicyLearnerConfig {
  optimizer?: OptimizerSpec | undefined;
  terms?: Record<string, OptimizerSpec> | undefined;
  batchSize?: number | undefined;
}

export type PolicyConfig = { name: string; learner?: PolicyLearnerConfig | undefined } & (
  | { kind: "frozen" }
  | {
      /** Running smoothed means, (positives + prior[0]) / (rows + prior[1]). */
      kind: "floor";
      of: "global" | "item" | "user";
      prior: [number, number];
    }
  | {
      kind: "stateless";
      window: number | "all";
      every: number;
      epochs: number;
      cut: "known" | "shown";
      publishAfter: number;
    }
  | { kind: "warm"; every: number; epochs: number; publishAfter: number }
  | {
      kind: "online";
      from: "checkpoint" | "scratch";
      publishEvery?: number | undefined;
      updateEvery?: number | undefined;
    }
);
