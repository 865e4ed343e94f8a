import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flattenTrees } from "../../../src/convert/flatten-trees.js";
import {
  type DeepInput,
  type FeatureSpec,
  isPairwise,
  type Link,
  type ModelSpec,
  type TermSpec,
} from "../../../src/core/model-spec.js";
import { seededRandom } from "../../../src/core/random.js";
import type { Tensor } from "../../../src/core/tensor.js";
import { type EventBatch, type FeatureColumn, gatherBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { forestTensors } from "../../../src/model/forest.js";
import { plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import { drawBags, withFeatures } from "../../support/bags.js";
import { drawEvents, ITEM_FEATURES } from "../../support/drawn.js";
import { eventsOf, lossOf } from "../../support/losses.js";
import {
  bareTowers,
  bias,
  cross,
  deep,
  deepOfSum,
  dot,
  draw,
  factorisation,
  interaction,
  linear,
  towers,
} from "../../support/model-arbitraries.js";
import { deepOf, FEATURES, specOf } from "../../support/models.js";
import { expectSlopes, gradientsOf } from "../../support/slopes.js";
import { forests, VALUES } from "../../support/trees.js";

/** A term, and what it reads that is no weight. */
interface Drawn {
  term: TermSpec;
  tensors?: readonly Tensor[];
}
type Drawing = fc.Arbitrary<Drawn>;

const alone = (term: fc.Arbitrary<TermSpec>): Drawing => term.map((one) => ({ term: one }));
const ofForm = (form: "vector" | "matrix"): Drawing =>
  alone(cross.map((term): TermSpec => (term.kind === "cross" ? { ...term, form } : term)));
/** One of each, so that a new kind of input is compared too. */
const INPUTS: { readonly [Kind in DeepInput["kind"]]: DeepInput } = {
  dense: { kind: "dense", feature: "price" },
  embedding: { kind: "embedding", feature: "item", width: 2 },
  product: { kind: "product", left: "user", right: "item", width: 2 },
  sum: { kind: "sum", features: ["user", "item"], width: 2 },
};
const deepOver = (input: DeepInput): Drawing =>
  alone(fc.constantFrom([], [3]).map((hidden) => deepOf([input], hidden, "tanh")));
const TREE_FEATURES = ["a", "b", "c"];
const leaves: Drawing = forests.map((trees) => {
  const forest = flattenTrees(trees, 0, 1);
  const { comparison, listedCategories } = trees;
  const sizes = { trees: forest.roots.length, nodes: forest.feature.length, leaves: forest.values.length };
  return {
    term: { kind: "leaves", name: "leaves", features: TREE_FEATURES, ...sizes, comparison, listedCategories },
    tensors: forestTensors("leaves", forest),
  };
});

/** Every kind of term that has weights: a new one does not compile until it is compared here. */
const TERMS: { readonly [Kind in Exclude<TermSpec["kind"], "offset">]: Readonly<Record<string, Drawing>> } = {
  bias: { bias: alone(bias) },
  linear: { linear: alone(linear) },
  dot: { dot: alone(dot) },
  factorisation: { factorisation: alone(factorisation) },
  deep: {
    deep: alone(deep),
    "deep over a sum and a number": alone(deepOfSum),
    ...Object.fromEntries(Object.entries(INPUTS).map(([kind, input]) => [`deep, ${kind}`, deepOver(input)])),
  },
  towers: { towers: alone(towers), "towers without layers": alone(bareTowers) },
  cross: { "cross, DCN": ofForm("vector"), "cross, DCN-v2": ofForm("matrix") },
  interaction: { interaction: alone(interaction) },
  leaves: { leaves },
};

/** Events for each link, over ids and over weighted bags: a new link does not compile without them. */
const sizesOf = (rows: number): number[] => Array.from({ length: rows }, (_, at) => 2 + (at % 2));
const rowsDrawn = (seed: number, rows: number, link: Link): EventBatch[] => [
  draw(seed, rows, link),
  drawBags(seed, rows, link),
];
/** What is not the item's own is the same in all rows of an event. */
const eventsDrawn = (seed: number, rows: number): EventBatch[] => {
  const events = drawEvents(seed, sizesOf(rows));
  const bagOf = (name: string, batch: EventBatch): Record<string, FeatureColumn> => {
    const column = batch.features.get(name);
    if (column === undefined) throw new Error(name);
    return { [name]: column };
  };
  const ofEvents = gatherBatch(drawBags(seed, rows, "bpr"), events.drawn?.event ?? new Int32Array());
  const ofRows = drawBags(seed + 1, events.rows, "bpr");
  return [events, withFeatures(events, { ...bagOf("user", ofEvents), ...bagOf("item", ofRows) })];
};
const LINKS: { readonly [Kind in Link]: (seed: number, rows: number) => EventBatch[] } = {
  logistic: (seed, rows) => rowsDrawn(seed, rows, "logistic"),
  squared: (seed, rows) => rowsDrawn(seed, rows, "squared"),
  bpr: eventsDrawn,
  "sampled-softmax": eventsDrawn,
};

/** What trees read: at thresholds and beside them. */
function withTreeValues(batch: EventBatch, seed: number): EventBatch {
  const random = seededRandom(seed + 3);
  const values = (): FeatureColumn => ({
    kind: "values",
    values: Float64Array.from(
      { length: batch.rows },
      () => VALUES[Math.floor(random.uniform() * VALUES.length)] ?? 0,
    ),
  });
  return withFeatures(batch, Object.fromEntries(TREE_FEATURES.map((name) => [name, values()])));
}

function specFor(term: TermSpec, link: Link, batchSize: number): ModelSpec {
  const numbers = TREE_FEATURES.map((name): FeatureSpec => {
    const plain = { mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" } as const;
    return { name, column: name, encoder: { kind: "dense", ...plain, missing: "keep" } };
  });
  const spec = specOf([term], { link, batchSize, features: [...FEATURES, ...numbers] });
  const itemFeatures = [...ITEM_FEATURES, ...TREE_FEATURES];
  const negatives = { perPositive: 2, sampling: "uniform", itemFeatures } as const;
  return isPairwise(link) ? { ...spec, learner: { ...spec.learner, negatives } } : spec;
}

/** Weights whose slope was compared, and those of them that moved. */
function compared(
  { term, tensors = [] }: Drawn,
  link: Link,
  batch: EventBatch,
  seed: number,
): [number, number] {
  const batchSize = isPairwise(link) ? eventsOf(batch).length : batch.rows;
  const model = newModel(specFor(term, link, batchSize));
  const given = new Map([...model.tensors, ...tensors.map((tensor) => [tensor.name, tensor] as const)]);
  const state = loadState({ ...model, tensors: given }, new Map());
  const random = seededRandom(seed + 1);
  for (const { weights } of state.tables)
    for (let at = 0; at < weights.length; at++) weights[at] = 0.7 * random.normal();
  const gradients = gradientsOf(state, () => {
    const learner = plainLearner(state);
    learner.over(batch).learn(0, batch.rows);
    learner.flush();
  });
  const moved = gradients.flatMap((list) => [...list]).filter((gradient) => gradient !== 0).length;
  return [expectSlopes(state, gradients, () => lossOf(state, batch, link)), moved];
}

describe.each(Object.keys(LINKS) as Link[])(
  "gradients under the %s link are the slopes of its loss",
  (link) => {
    it.each(Object.values(TERMS).flatMap((ways) => Object.entries(ways)))(
      "of a term alone, over ids and over weighted bags: %s",
      (name, drawing) => {
        let [all, moving] = [0, 0];
        fc.assert(
          fc.property(drawing, fc.nat(), fc.integer({ min: 1, max: 4 }), (drawn, seed, rows) => {
            for (const batch of LINKS[link](seed, rows)) {
              const [weights, moved] = compared(drawn, link, withTreeValues(batch, seed), seed);
              all += weights;
              moving += moved;
            }
          }),
          { numRuns: 30 },
        );
        expect(all).toBeGreaterThanOrEqual(60);
        // A bias is in both scores of a pair.
        if (isPairwise(link) && name === "bias") expect(moving).toBe(0);
        else expect(moving).toBeGreaterThan(all / 10);
      },
    );
  },
);
