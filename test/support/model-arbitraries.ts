import fc from "fast-check";
import type {
  Activation,
  DeepInput,
  DeepLayer,
  Link,
  OptimizerSpec,
  TermSpec,
  Tower,
} from "../../src/core/model-spec.js";
import { seededRandom } from "../../src/core/random.js";
import type { EventBatch } from "../../src/model/batch.js";
import { batchOf } from "./learner.js";
import { deepOf, SIZES } from "./models.js";

export const activations: readonly Activation[] = [
  "linear",
  "relu",
  "sigmoid",
  "tanh",
  "elu",
  "leaky_relu",
  "softplus",
];

export const linear: fc.Arbitrary<TermSpec> = fc
  .uniqueArray(fc.constantFrom("user", "item", "price", "age"), { minLength: 1 })
  .map((features): TermSpec => ({ kind: "linear", name: "linear", features }));
export const dot: fc.Arbitrary<TermSpec> = fc
  .tuple(fc.constantFrom("user", "item"), fc.constantFrom("user", "item"), fc.integer({ min: 1, max: 3 }))
  .map(([left, right, width]): TermSpec => ({ kind: "dot", name: "dot", left, right, width }));
const width = fc.integer({ min: 1, max: 3 });
export const factorisation = fc
  .tuple(fc.uniqueArray(fc.constantFrom("user", "item", "price", "age"), { minLength: 2 }), width)
  .map(([features, width]): TermSpec => ({ kind: "factorisation", name: "fm", features, width }));
/** Numbers and embeddings, or the product of both embeddings. */
const inputs: fc.Arbitrary<DeepInput[]> = fc.oneof(
  fc.uniqueArray(
    fc.oneof(
      fc.constantFrom("price", "age").map((feature): DeepInput => ({ kind: "dense", feature })),
      fc
        .tuple(fc.constantFrom("user", "item"), width)
        .map(([feature, width]): DeepInput => ({ kind: "embedding", feature, width })),
    ),
    {
      minLength: 1,
      maxLength: 4,
      selector: (input) => ("feature" in input ? input.feature : ""),
    },
  ),
  width.map((width): DeepInput[] => [
    { kind: "dense", feature: "price" },
    { kind: "product", left: "user", right: "item", width },
  ]),
);
const hidden = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
const oneActivation = fc.constantFrom(...activations);
export const deep = fc.tuple(inputs, hidden, oneActivation).map((parts) => deepOf(...parts));
/** Hidden layers of one activation, and a linear one of so many units. */
const layers = (units: number): fc.Arbitrary<DeepLayer[]> =>
  fc
    .tuple(hidden, oneActivation)
    .map(([sizes, activation]) => [
      ...sizes.map((size) => ({ units: size, activation })),
      { units, activation: "linear" as const },
    ]);
export const towers = width.chain((units) =>
  fc.tuple(inputs, inputs, layers(units), layers(units)).map(
    ([left, right, a, b]): TermSpec => ({
      kind: "towers",
      name: "towers",
      left: { inputs: left, layers: a },
      right: { inputs: right, layers: b },
    }),
  ),
);
/** Without layers the inputs are the outputs: a product of two embeddings as they are. */
export const bareTowers = width.map((units): TermSpec => {
  const tower = (feature: string): Tower => ({
    inputs: [{ kind: "embedding", feature, width: units }],
    layers: [],
  });
  return { kind: "towers", name: "towers", left: tower("user"), right: tower("item") };
});
export const cross = fc
  .record({
    inputs,
    crosses: fc.integer({ min: 1, max: 3 }),
    form: fc.constantFrom("vector" as const, "matrix" as const),
    structure: fc.constantFrom("stacked" as const, "parallel" as const),
    layers: layers(1),
  })
  .map((parts): TermSpec => ({ kind: "cross", name: "cross", ...parts }));
export const interaction = fc
  .tuple(
    width,
    fc.subarray(["price", "age"]),
    fc.constantFrom(undefined, "dense" as const, "vectors" as const),
    layers(1),
    oneActivation,
  )
  .map(([width, dense, above, top, activation]): TermSpec => {
    const bottom = dense.length === 0 ? [] : [2, width].map((units) => ({ units, activation }));
    return {
      kind: "interaction",
      name: "dlrm",
      features: ["user", "item"],
      dense,
      above,
      width,
      bottom,
      top,
    };
  });
/** Layers over a sum of vectors. */
export const deepOfSum = fc.tuple(width, hidden, oneActivation).map(([width, hidden, activation]) =>
  deepOf(
    [
      { kind: "sum", features: ["user", "item"], width },
      { kind: "dense", feature: "age" },
    ],
    hidden,
    activation,
  ),
);
/** DeepFM: layers over the vectors of a factorisation machine, which both learn. */
export const deepFm = fc
  .tuple(width, hidden, oneActivation)
  .map(([width, hidden, activation]): TermSpec[] => [
    { kind: "factorisation", name: "fm", features: ["user", "item"], width },
    deepOf(
      [
        { kind: "embedding", feature: "item", width, from: "fm" },
        { kind: "dense", feature: "price" },
        { kind: "embedding", feature: "user", width, from: "fm" },
      ],
      hidden,
      activation,
    ),
  ]);
/** One of every kind that has layers or products of its own. */
const wide = fc.oneof(factorisation, deep, towers, bareTowers, cross, interaction);
const offset = fc
  .constantFrom("logit" as const, "probability" as const, "score" as const)
  .map((scale): TermSpec => ({ kind: "offset", name: "offset", column: "production", scale }));
export const bias: fc.Arbitrary<TermSpec> = fc.constant<TermSpec>({ kind: "bias", name: "bias" });
/** Each kind at most once, at least one that learns. */
export const terms = fc
  .tuple(...[bias, linear, dot, wide, offset].map((term) => fc.option(term, { nil: undefined })))
  .map((list) => list.filter((term) => term !== undefined))
  .filter((list) => list.some(({ kind }) => kind !== "offset"));

/** Events and weights, from one seed. */
export function draw(seed: number, rows: number, link: Link): EventBatch {
  const random = seededRandom(seed);
  const list = <T>(value: () => T): T[] => Array.from({ length: rows }, value);
  const below = (size: number): number => Math.floor(random.uniform() * size);
  return batchOf({
    labels: list(() => (link === "logistic" ? below(2) : 3 * random.normal())),
    codes: { user: list(() => below(SIZES.user)), item: list(() => below(SIZES.item)) },
    values: { price: list(() => random.normal()), age: list(() => (below(3) === 0 ? 0 : random.normal())) },
    offsets: { production: list(() => 0.1 + 0.8 * random.uniform()) },
    weights: list(() => below(4) / 2),
  });
}

const fraction = fc.double({ min: 0, max: 0.95, noNaN: true });
const rate = fc.double({ min: 0.001, max: 0.05, noNaN: true });
const penalty = fc.constantFrom(0, 0, 0.01);
const common = {
  clipNorm: fc.constantFrom(undefined, 0.1, 1),
  warmUpSteps: fc.constantFrom(undefined, 1, 7),
};
const adagrad = {
  rate,
  initialAccumulator: fc.constantFrom(0, 0.1),
  epsilon: fc.constantFrom(1e-10, 1e-3),
  epsilonPlacement: fc.constantFrom("inside" as const, "outside" as const),
  l2: penalty,
  l1: fc.constantFrom(undefined, 0.001),
  rateFloor: fc.constantFrom(undefined, 0.001),
  ...common,
};
/** Every kind, with every setting that it has. */
export const optimizers: fc.Arbitrary<OptimizerSpec> = fc.oneof(
  fc.record({
    kind: fc.constant("sgd" as const),
    rate,
    l2: penalty,
    l1: fc.constantFrom(undefined, 0.001),
    schedule: fc.constantFrom(undefined, "constant" as const, "inverse-sqrt" as const),
    momentum: fc.option(fraction, { nil: undefined }),
    ...common,
  }),
  fc.record({ kind: fc.constant("adagrad" as const), ...adagrad }),
  fc.record({ kind: fc.constant("rowwise-adagrad" as const), ...adagrad }),
  fc.record({
    kind: fc.constant("ftrl" as const),
    ...{ rate, beta: fc.constantFrom(0.1, 1), l1: penalty, l2: penalty },
    initialAccumulator: fc.constantFrom(0, 0.1),
    clipNorm: common.clipNorm,
  }),
  fc.record({
    kind: fc.constant("adam" as const),
    ...{ rate, beta1: fraction, beta2: fraction, epsilon: fc.constantFrom(1e-8, 1e-3), l2: penalty },
    touch: fc.constantFrom("lazy" as const, "dense" as const),
    correction: fc.constantFrom("moments" as const, "rate" as const, undefined),
    ...common,
  }),
  fc.constant<OptimizerSpec>({ kind: "frozen" }),
);
