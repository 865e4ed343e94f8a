import type {
  Activation,
  DeepInput,
  FeatureSpec,
  Link,
  ModelSpec,
  OptimizerSpec,
  TermSpec,
} from "../../src/core/model-spec.js";

/** Two categorical features of a few rows each, and two dense ones. */
export const SIZES = { user: 3, item: 4 } as const;
export const FEATURES: readonly FeatureSpec[] = [
  ...Object.entries(SIZES).map(
    ([name, size]): FeatureSpec => ({
      name,
      column: name,
      encoder: { kind: "identity", size, outOfRange: "reject" },
    }),
  ),
  ...["price", "age"].map(
    (name): FeatureSpec => ({
      name,
      column: name,
      encoder: { kind: "dense", mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" },
    }),
  ),
];

/** A model of these terms, every one with the same optimizer, in float64. */
export function specOf(
  terms: readonly TermSpec[],
  more: {
    link?: Link;
    optimizer?: OptimizerSpec;
    batchSize?: number;
    features?: readonly FeatureSpec[];
  } = {},
): ModelSpec {
  const { link = "logistic", optimizer = { kind: "sgd", rate: 1, l2: 0 }, batchSize = 1 } = more;
  const learned = terms.filter(({ kind }) => kind !== "offset");
  return {
    family: "test",
    features: more.features ?? FEATURES,
    terms,
    learner: {
      link,
      optimizers: Object.fromEntries(learned.map(({ name }) => [name, optimizer])),
      batchSize,
      precision: "float64",
      seed: 7,
    },
    newRows: {},
  };
}

export function deepOf(
  inputs: readonly DeepInput[],
  hidden: readonly number[],
  activation: Activation,
): TermSpec {
  const layers = [
    ...hidden.map((units) => ({ units, activation })),
    { units: 1, activation: "linear" as const },
  ];
  return { kind: "deep", name: "deep", inputs, layers };
}
