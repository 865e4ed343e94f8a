/** The online model as plain data: what model.json holds. A family is a list of terms, not a class. */
import type { OptimizerSpec } from "./optimizer-spec.js";

export type { OptimizerSpec } from "./optimizer-spec.js";

/** Functions of the source frameworks, bit for bit: see model/encoders, one a file. */
export type HashFunction = "farmhash64" | "siphash64" | "murmur3-signed" | "vowpal-wabbit";
export type Precision = "float32" | "float64";

/** What a value that is not in the vocabulary becomes. */
export type UnknownRule =
  /** Scored with `row` until first learned, then a row of its own is appended by the table's `NewRowRule`. */
  | { rule: "grow"; row: number }
  /** A row after the vocabulary: `first` + hash of the UTF-8 bytes mod `buckets`. */
  | { rule: "hash"; first: number; buckets: number; function: "farmhash64" }
  /** Always `row`. */
  | { rule: "row"; row: number }
  /** The event is set aside and counted. */
  | { rule: "reject" };

/** `missing` replaces a null (and, for numbers, a NaN); without it the event is set aside and counted. */
export type EncoderSpec =
  /** ids in vocab/<feature>.arrow. */
  | { kind: "vocabulary"; unknown: UnknownRule; missing?: string }
  | HashSpec
  /** The value is the row; out of [0, size) it is `outOfRange`, or set aside. */
  | { kind: "identity"; size: number; outOfRange: number | "reject"; missing?: number }
  | BucketizeSpec
  /** (transform(value) - mean) / scale; a scale of 0 only subtracts. */
  | {
      kind: "dense";
      mean: number;
      scale: number;
      transform: "none" | "log1p";
      /** Truncate towards zero first, as an int64 cast does. */
      truncate: boolean;
      precision: Precision;
      /** `keep`: NaN goes on, to trees, which say where it leads. */
      missing?: number | "keep";
    };

/** The hash of the UTF-8 bytes mod `buckets`. Numbers are hashed as their decimal digits. */
export interface HashSpec {
  kind: "hash";
  buckets: number;
  function: HashFunction;
  /** Stands before the value: `user=` of a FeatureHasher over dictionaries. */
  prefix?: string | undefined;
  /** Of `siphash64` alone: the two halves of its key (Keras: salt). */
  key?: [number, number] | undefined;
  /** Of `vowpal-wabbit` alone: the namespace, whose hash is the seed. */
  namespace?: string | undefined;
  /** This value has row 0, and the others share the rest (Keras: mask_value). */
  maskValue?: string | undefined;
  missing?: string;
}

/** The number of boundaries <= value (`right`, the default) or < value (`left`). */
export interface BucketizeSpec {
  kind: "bucketize";
  boundaries: readonly number[];
  side?: "left" | "right";
  precision: Precision;
  /** Buckets from `from` on have row `row`: the table was declared with fewer rows than there are buckets. */
  beyond?: { from: number; row: number };
  missing?: number;
}

export interface FeatureSpec {
  name: string;
  column: string;
  encoder: EncoderSpec;
  /** Of a categorical feature that has any number of values a row, or values with weights. */
  bag?: BagSpec;
}

/** How the rows of several values become one vector: PyTorch's EmbeddingBag, TensorFlow's combiner. */
export interface BagSpec {
  /** The weighted sum; divided by the sum of the weights, or by the root of the sum of their squares. */
  combine: BagCombine;
  /** Column of the values' weights; without it each is 1. */
  weights?: string;
  /** What stands between the values of a column of texts (and between their weights). */
  split?: string;
}

export type BagCombine = "sum" | "mean" | "sqrtn";

export type Activation = "linear" | "relu" | "sigmoid" | "tanh" | "elu" | "leaky_relu" | "softplus";

export type DeepInput =
  /** One number: a feature with a dense encoder. */
  | { kind: "dense"; feature: string }
  /** A learned row of `width` numbers for a categorical feature; `from`: of another term's table, which both then learn. */
  | { kind: "embedding"; feature: string; width: number; from?: string | undefined }
  /** The element-wise product of a learned row of each of two categorical features (GMF, He et al. 2017). */
  | { kind: "product"; left: string; right: string; width: number }
  /** The sum of a learned row of each of several categorical features. */
  | { kind: "sum"; features: readonly string[]; width: number };

export type TermSpec =
  /** A logged score of the model in production; not learned. A probability is turned into a logit. */
  | { kind: "offset"; name: string; column: string; scale: "logit" | "probability" | "score" }
  | { kind: "bias"; name: string }
  /** One weight per row of each categorical feature; weight times value for a dense one. */
  | { kind: "linear"; name: string; features: readonly string[] }
  /** Inner product of one row of each side. */
  | { kind: "dot"; name: string; left: string; right: string; width: number }
  /** Sum over pairs of features of the inner product of their vectors; a dense feature's vector times its value. */
  | { kind: "factorisation"; name: string; features: readonly string[]; width: number }
  /** Inputs concatenated in order -> layers -> one number. The last layer has one unit. */
  | { kind: "deep"; name: string; inputs: readonly DeepInput[]; layers: readonly DeepLayer[] }
  /** Inner product of what two stacks of layers make of their inputs, whose last layers are of one width. */
  | { kind: "towers"; name: string; left: Tower; right: Tower }
  | CrossSpec
  | InteractionSpec
  | LeavesSpec;

/** Without layers, the inputs as they are. */
export interface Tower {
  inputs: readonly DeepInput[];
  layers: readonly DeepLayer[];
}

/**
 * A deep & cross network: x_{l+1} = x_0 (x_l . w_l) + b_l + x_l (`vector`: DCN, Wang et al. 2017), or
 * x_0 * (W_l x_l + b_l) + x_l (`matrix`: DCN-v2, Wang et al. 2021). `layers` end in one unit and stand on the last x
 * (`stacked`), or on x_0 with a linear output of the last x beside them (`parallel`).
 */
export interface CrossSpec {
  kind: "cross";
  name: string;
  inputs: readonly DeepInput[];
  crosses: number;
  form: "vector" | "matrix";
  structure: "stacked" | "parallel";
  layers: readonly DeepLayer[];
}

/**
 * DLRM (Naumov et al. 2019): numbers through the bottom layers to a vector of `width`; that vector and the inner
 * products of all pairs of vectors (it and a row for each feature) through the top layers, which end in one unit.
 */
export interface InteractionSpec {
  kind: "interaction";
  name: string;
  features: readonly string[];
  /** None: no bottom layers, and the products alone go up. */
  dense: readonly string[];
  /** What goes up before the products: the dense vector (absent: this), or every vector. */
  above?: "dense" | "vectors" | undefined;
  width: number;
  bottom: readonly DeepLayer[];
  top: readonly DeepLayer[];
}

/**
 * Frozen boosted trees, whose leaves learn (He et al. 2014, section 3): the sum over trees of the weight of the leaf that
 * an event reaches, which is the source's leaf value plus what was learned on top of it, from 0; so L2 pulls toward the
 * leaf values. The trees are tensors of the model (see forest.ts).
 */
export interface LeavesSpec {
  kind: "leaves";
  name: string;
  /**
   * By the number that the trees' nodes have for them: dense features, or those of a vocabulary, whose rows are the codes
   * of categories; an id without a row is missing.
   */
  features: readonly string[];
  trees: number;
  nodes: number;
  leaves: number;
  /** Which side takes a value that equals the threshold, and in which precision values are compared. */
  comparison: "float32-less" | "float32-less-or-equal" | "float64-less-or-equal";
  /** Where a value goes that stands among a node's categories; any other goes to the other side. */
  listedCategories: "left" | "right";
}

export interface DeepLayer {
  units: number;
  activation: Activation;
}

/** How a score of its own becomes a prediction, and what is lost by it. */
export type PointwiseLink = "logistic" | "squared";

/**
 * What ranks an item before others: only differences between one event's scores mean something. `bpr`: the mean over
 * drawn negatives of -ln sigma(score - negative's score) (Rendle et al. 2009, section 4); `sampled-softmax`:
 * cross-entropy over the item and its negatives, each score less the log of the chance to be drawn (Yi et al. 2019).
 */
export type PairwiseLink = "bpr" | "sampled-softmax";

export type Link = PointwiseLink | PairwiseLink;

export function isPairwise(link: Link): link is PairwiseLink {
  return link === "bpr" || link === "sampled-softmax";
}

/** What stands in for the negatives that a log of positives alone does not have. */
export interface NegativesSpec {
  perPositive: number;
  /** Each item that is known by then alike, or in proportion to (events so far)^0.75 (Mikolov et al. 2013). */
  sampling: "uniform" | "popularity";
  /** What is the item's own of an event: a drawn item brings the values that it had in its last event. */
  itemFeatures: readonly string[];
}

/** How an appended row begins: `mean` (0 when absent) + `noise` * N(0, 1) seeded by the id; accumulators at their initial value. */
export interface NewRowRule {
  mean?: readonly number[];
  noise: number;
}

export interface LearnerSpec {
  link: Link;
  /** Of a log of positives alone; the pairwise links need them. Absent: the log has negatives of its own. */
  negatives?: NegativesSpec;
  /** By term name; every term but `offset` has one. `<term>/layers` is for its layers alone. */
  optimizers: Readonly<Record<string, OptimizerSpec>>;
  /** Rows whose gradients are averaged into one update. */
  batchSize: number;
  /** Of the weights and slots in memory and on disk; arithmetic is in float64. */
  precision: Precision;
  seed: number;
}

export interface ModelSpec {
  family: string;
  features: readonly FeatureSpec[];
  terms: readonly TermSpec[];
  learner: LearnerSpec;
  /** By table name (see tableName); tables not listed start new rows at 0. */
  newRows: Readonly<Record<string, NewRowRule>>;
}

/** `bias` -> "bias"; `linear` -> "<term>/<feature>"; `deep` -> "<term>/<feature>", "<term>/kernel_0"; see table-shapes.ts. */
export function tableName(term: string, part?: string): string {
  return part === undefined ? term : `${term}/${part}`;
}
