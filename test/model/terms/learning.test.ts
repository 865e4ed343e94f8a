import { expect, it } from "vitest";
import type { DeepLayer, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import { tableShapes } from "../../../src/core/table-shapes.js";
import { newModel } from "../../../src/model/create.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import { batchOf } from "../../support/learner.js";
import { deepOf, specOf } from "../../support/models.js";

/** Every pair of a user and an item; clicked where their sum is odd: no sum of weights of one each can tell. */
const PAIRS = Array.from({ length: 12 }, (_, pair) => ({ user: pair % 3, item: Math.floor(pair / 3) }));
const EPOCHS = 400;
const batch = batchOf({
  labels: PAIRS.map(({ user, item }) => (user + item) % 2),
  codes: { user: PAIRS.map(({ user }) => user), item: PAIRS.map(({ item }) => item) },
  values: { price: PAIRS.map((_, pair) => (pair % 5) / 5), age: PAIRS.map(() => 1) },
});

const user = { kind: "embedding", feature: "user", width: 4 } as const;
const item = { kind: "embedding", feature: "item", width: 4 } as const;
const product = { kind: "product", left: "user", right: "item", width: 4 } as const;
const tanhTo = (units: number): DeepLayer[] => [
  { units: 8, activation: "tanh" },
  { units, activation: "linear" },
];
const crossed = { kind: "cross", name: "cross", crosses: 2, inputs: [user, item] } as const;
const families: [string, TermSpec][] = [
  ["dot", { kind: "dot", name: "dot", left: "user", right: "item", width: 4 }],
  [
    "factorisation",
    { kind: "factorisation", name: "fm", features: ["user", "item", "age", "price"], width: 4 },
  ],
  ["deep", deepOf([user, item], [8], "tanh")],
  ["product (GMF)", deepOf([product], [], "linear")],
  [
    "towers",
    {
      ...{ kind: "towers", name: "towers" },
      left: { inputs: [user, { kind: "dense", feature: "price" }], layers: tanhTo(4) },
      right: { inputs: [item], layers: tanhTo(4) },
    },
  ],
  ["DCN", { ...crossed, form: "vector", structure: "parallel", layers: tanhTo(1) }],
  [
    "DCN-v2",
    { ...crossed, form: "matrix", structure: "stacked", layers: [{ units: 1, activation: "linear" }] },
  ],
  [
    "DLRM",
    {
      ...{ kind: "interaction", name: "dlrm", features: ["user", "item"], dense: ["price", "age"], width: 4 },
      ...{ bottom: [{ units: 4, activation: "relu" }], top: tanhTo(1) },
    },
  ],
];
const optimizers: OptimizerSpec[] = [
  { kind: "sgd", rate: 0.1, l2: 0, momentum: 0.5 },
  {
    ...{ kind: "adagrad", rate: 0.2, initialAccumulator: 0.1, epsilon: 1e-10 },
    ...{ epsilonPlacement: "outside", l2: 0 },
  },
  {
    ...{ kind: "rowwise-adagrad", rate: 0.2, initialAccumulator: 0.1, epsilon: 1e-10 },
    ...{ epsilonPlacement: "outside", l2: 0 },
  },
  {
    ...{ kind: "adam", rate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, touch: "lazy", l2: 0 },
    ...{ warmUpSteps: 50, clipNorm: 1 },
  },
];

/** Mean log loss after learning all pairs so many times. */
function lossAfter(term: TermSpec, optimizer: OptimizerSpec): number {
  const terms: TermSpec[] = [
    { kind: "bias", name: "bias" },
    { kind: "linear", name: "linear", features: ["user", "item"] },
    term,
  ];
  const spec = specOf(terms, { optimizer });
  const shapes = tableShapes(term, spec);
  const newRows = Object.fromEntries(
    shapes.flatMap(({ name, begins }) => (begins === "zero" ? [] : [[name, { noise: 0.5 }]])),
  );
  const state = loadState(newModel({ ...spec, newRows }), new Map());
  const learner = plainLearner(state).over(batch);
  for (let epoch = 0; epoch < EPOCHS; epoch++) learner.learn(0, batch.rows);
  const scores = new Float64Array(batch.rows);
  learner.score(0, batch.rows, scores);
  const losses = Array.from(scores, (score, row) =>
    Math.log1p(Math.exp(batch.label[row] === 1 ? -score : score)),
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / batch.rows;
}

it.each(families)("%s learns what weights alone cannot, with every optimizer", (_, term) => {
  for (const optimizer of optimizers) expect(lossAfter(term, optimizer), optimizer.kind).toBeLessThan(0.15);
});

it("and weights alone do not", () => {
  const none: TermSpec = { kind: "linear", name: "again", features: ["user", "item"] };
  for (const optimizer of optimizers) expect(lossAfter(none, optimizer)).toBeGreaterThan(0.5);
});
