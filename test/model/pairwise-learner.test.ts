import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelSpec, PairwiseLink, TermSpec } from "../../src/core/model-spec.js";
import { seededRandom } from "../../src/core/random.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { loadState } from "../../src/model/load.js";
import type { ModelState } from "../../src/model/state.js";
import { asDrawn, drawEvents, ITEM_FEATURES } from "../support/drawn.js";
import { batchOf, learnedIds } from "../support/learner.js";
import { eventsOf, lossOf } from "../support/losses.js";
import { optimizers, terms } from "../support/model-arbitraries.js";
import { FEATURES, SIZES, specOf } from "../support/models.js";
import { expectSlopes, gradientsOf } from "../support/slopes.js";

const LINKS = ["bpr", "sampled-softmax"] as const;
const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

function pairwise(spec: ModelSpec, link: PairwiseLink): ModelSpec {
  const negatives = { perPositive: 3, sampling: "uniform", itemFeatures: ITEM_FEATURES } as const;
  return { ...spec, learner: { ...spec.learner, link, negatives } };
}

function filled(spec: ModelSpec, seed: number): ModelState {
  const state = loadState(newModel(spec), new Map());
  const random = seededRandom(seed + 1);
  for (const { weights } of state.tables)
    for (let at = 0; at < weights.length; at++) weights[at] = 0.7 * random.normal();
  return state;
}

const weightsOf = (state: ModelState): number[] => state.tables.flatMap(({ weights }) => [...weights]);

describe.each(LINKS)("the %s link", (link) => {
  it("has the slopes of its loss as gradients, through any terms", () => {
    let compared = 0;
    fc.assert(
      fc.property(terms, fc.nat(), sizes, (list, seed, rows) => {
        const batch = drawEvents(seed, rows);
        const batchSize = Math.max(1, eventsOf(batch).length);
        const state = filled(pairwise(specOf(list, { batchSize }), link), seed);
        const gradients = gradientsOf(state, () => plainLearner(state).over(batch).learn(0, batch.rows));
        const moved = gradients.some((list) => list.some((gradient) => Math.abs(gradient) > 1e-6));
        const slopes = expectSlopes(state, gradients, () => lossOf(state, batch, link));
        if (moved) compared += slopes;
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  it("depends on the order of events and the batch size, not on how rows were cut", () => {
    let cut = 0;
    fc.assert(
      fc.property(
        terms,
        optimizers,
        fc.nat(),
        sizes,
        fc.integer({ min: 1, max: 3 }),
        (list, optimizer, seed, rows, batchSize) => {
          const batch = drawEvents(seed, rows);
          const spec = pairwise(specOf(list, { batchSize, optimizer }), link);
          const learned = (calls: readonly number[]): number[] => {
            const state = filled(spec, seed);
            const learner = plainLearner(state);
            const bound = learner.over(batch);
            let from = 0;
            for (const to of [...calls, batch.rows]) {
              bound.learn(from, to);
              from = to;
            }
            learner.flush();
            return weightsOf(state);
          };
          const every = Array.from({ length: batch.rows - 1 }, (_, row) => row + 1);
          if (every.length > 0) cut += 1;
          expect(learned(every)).toEqual(learned([]));
        },
      ),
      { numRuns: 100 },
    );
    expect(cut).toBeGreaterThan(50);
  });

  it("learns nothing where it cancels out, or where nothing was drawn", () => {
    const list: TermSpec[] = [
      { kind: "bias", name: "bias" },
      { kind: "linear", name: "linear", features: ["user", "age"] },
      { kind: "dot", name: "dot", left: "user", right: "item", width: 2 },
    ];
    const spec = pairwise(specOf(list, { optimizer: { kind: "sgd", rate: 0.1, l2: 0.5 } }), link);
    const state = filled(spec, 1);
    const table = (name: string): number[] => [...state.table(name).weights];
    const names = ["bias", "linear/user", "linear/age"];
    const before = names.map(table);
    const items = table("dot/item");
    plainLearner(state)
      .over(drawEvents(5, [1, 1]))
      .learn(0, 2);
    expect(table("dot/item")).toEqual(items);
    plainLearner(state)
      .over(drawEvents(5, [3, 4]))
      .learn(0, 7);
    expect(names.map(table)).toEqual(before);
    expect(table("dot/item")).not.toEqual(items);
  });
});

it("is matrix factorisation by BPR as a plain loop has it", () => {
  const width = 3;
  const [rate, l2] = [0.05, 0.01];
  const random = seededRandom(3);
  const below = (size: number): number => Math.floor(random.uniform() * size);
  const triples = Array.from({ length: 400 }, () => [
    below(SIZES.user),
    below(SIZES.item),
    below(SIZES.item),
  ]);
  const spec = pairwise(
    specOf([{ kind: "dot", name: "dot", left: "user", right: "item", width }], {
      optimizer: { kind: "sgd", rate, l2 },
    }),
    "bpr",
  );
  const state = filled(spec, 9);
  const users = Float64Array.from(state.table("dot/user").weights);
  const items = Float64Array.from(state.table("dot/item").weights);
  const batch = asDrawn(
    batchOf({
      labels: triples.flatMap(() => [1, 0]),
      codes: {
        user: triples.flatMap(([user = 0]) => [user, user]),
        item: triples.flatMap(([, taken = 0, other = 0]) => [taken, other]),
      },
      values: { price: triples.flatMap(() => [0, 0]), age: triples.flatMap(() => [0, 0]) },
    }),
    triples.map(() => 2),
  );
  plainLearner(state).over(batch).learn(0, batch.rows);

  // Rendle et al. 2009, figure 4; where both items are one, its two gradients cancel out and it decays once.
  for (const [user = 0, taken = 0, other = 0] of triples) {
    const [u, i, j] = [user * width, taken * width, other * width];
    const at = (list: Float64Array, index: number): number => list[index] ?? Number.NaN;
    const p = Array.from({ length: width }, (_, k) => at(users, u + k));
    const q = Array.from({ length: width }, (_, k) => [at(items, i + k), at(items, j + k)] as const);
    const difference = p.reduce((sum, value, k) => sum + value * ((q[k]?.[0] ?? 0) - (q[k]?.[1] ?? 0)), 0);
    const pull = 1 / (1 + Math.exp(difference));
    for (let k = 0; k < width; k++) {
      const [a, [b, c]] = [p[k] ?? 0, q[k] ?? [0, 0]];
      users[u + k] = a + rate * (pull * (b - c) - l2 * a);
      items[i + k] = b + rate * (pull * a - l2 * b);
      items[j + k] = taken === other ? b - rate * l2 * b : c + rate * (-pull * a - l2 * c);
    }
  }
  const largest = (found: ArrayLike<number>, expected: Float64Array): number =>
    expected.reduce((most, value, at) => Math.max(most, Math.abs(value - (found[at] ?? Number.NaN))), 0);
  expect(largest(state.table("dot/user").weights, users)).toBeLessThan(1e-12);
  expect(largest(state.table("dot/item").weights, items)).toBeLessThan(1e-12);
  expect(triples.some(([, taken, other]) => taken === other)).toBe(true);
});

it("counts an item's rows, and gives a new item that is drawn a row of its own", () => {
  const ids = ["ann", "bob", "cem"];
  const grown = { kind: "vocabulary", unknown: { rule: "grow", row: 0 } } as const;
  const features = FEATURES.map((one) => (one.name === "item" ? { ...one, encoder: grown } : one));
  const spec = pairwise(
    specOf([{ kind: "linear", name: "linear", features: ["user", "item"] }], { features }),
    "bpr",
  );
  const state = loadState(newModel(spec), new Map([["item", ids]]));
  const batch = asDrawn(
    batchOf({
      labels: [1, 0, 0],
      codes: { user: [1, 1, 1], item: [-1, -2, -2] },
      newIds: { item: ids },
      values: { price: [0, 0, 0], age: [0, 0, 0] },
    }),
    [3],
  );
  plainLearner(state).over(batch).learn(0, 3);
  expect(learnedIds(state.rows("item"))).toEqual([
    { id: "ann", row: 1 },
    { id: "bob", row: 2 },
  ]);
  expect([...state.rows("item").counts]).toEqual([0, 1, 2, 0]);
  // One of two negatives at a difference of 0 pulls by 1/4; the same item twice, by 1/2 in one update.
  expect([...state.table("linear/item").weights]).toEqual([0, 0.5, -0.5, 0]);
  expect([...state.table("linear/user").weights]).toEqual([0, 0, 0]);
});
