import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, OptimizerSpec, TermSpec } from "../../src/core/model-spec.js";
import { type EventBatch, gatherBatch } from "../../src/model/batch.js";
import { newModel } from "../../src/model/create.js";
import { plainLearner } from "../../src/model/learner.js";
import { emptyState, loadState, saveState } from "../../src/model/load.js";
import type { ModelState } from "../../src/model/state.js";
import { batchOf, learnedIds } from "../support/learner.js";
import { deepOf, specOf } from "../support/models.js";

const IDS = ["ann", "bob", "cem", "dot", "eve"] as const;
const ids = (name: string): FeatureSpec => ({
  name,
  column: name,
  encoder: { kind: "vocabulary", unknown: { rule: "grow", row: 0 } },
});
const features = [ids("user"), ids("item")];
const terms: readonly TermSpec[] = [
  { kind: "bias", name: "bias" },
  { kind: "linear", name: "linear", features: ["user", "item"] },
  { kind: "dot", name: "dot", left: "user", right: "item", width: 2 },
  deepOf([{ kind: "embedding", feature: "user", width: 2 }], [3], "tanh"),
];
const noisy = {
  "dot/user": { noise: 0.5, mean: [1, -1] },
  "dot/item": { noise: 0.5 },
  "deep/user": { noise: 1 },
};
const adagrad: OptimizerSpec = {
  kind: "adagrad",
  ...{ rate: 0.3, initialAccumulator: 0.1, epsilon: 1e-10, epsilonPlacement: "outside", l2: 0.01 },
};
const ftrl: OptimizerSpec = { kind: "ftrl", rate: 0.3, beta: 1, l1: 0.01, l2: 0.1, initialAccumulator: 0 };
const sgd: OptimizerSpec = { kind: "sgd", rate: 0.1, l2: 0.01 };

function modelSpec(batchSize: number, optimizer: OptimizerSpec): ModelSpec {
  return { ...specOf(terms, { batchSize, optimizer, features }), newRows: noisy };
}

/** Every id is new: the log gives it the code -1 - its place. */
const newIds = new Map([
  ["user", IDS],
  ["item", IDS],
]);
interface Event {
  user: number;
  item: number;
  label: number;
}
const event = fc.record({ user: fc.nat(4), item: fc.nat(4), label: fc.nat(1) });
const events = fc.array(event, { minLength: 8, maxLength: 40 });
const codes = (list: readonly number[]): number[] => list.map((place) => -1 - place);
const batch = (list: readonly Event[]): EventBatch =>
  batchOf({
    labels: list.map(({ label }) => label),
    codes: { user: codes(list.map(({ user }) => user)), item: codes(list.map(({ item }) => item)) },
    newIds: { user: IDS, item: IDS },
  });

const stateOf = (spec: ModelSpec): ModelState => loadState(newModel(spec), newIds);

/** Weights, slots and vocabularies after learning rows cut into these calls. */
function learned(list: readonly Event[], cuts: readonly number[], spec: ModelSpec): unknown {
  const state = stateOf(spec);
  const learner = plainLearner(state);
  const edges = [...cuts.filter((cut) => cut < list.length).sort((a, b) => a - b), list.length];
  let from = 0;
  for (const edge of edges) {
    // Each part arrives as a batch of its own, as row groups do.
    const part = list.slice(from, edge);
    learner.over(batch(part)).learn(0, part.length);
    from = edge;
  }
  learner.flush();
  const { tensors, vocabularies } = saveState(newModel(spec), state);
  return [[...tensors].map(([name, { values }]) => [name, values()]), [...vocabularies]];
}

describe("a mini-batch", () => {
  it("depends on its size and the order of rows, not on how the rows were cut", () => {
    let cut = 0;
    fc.assert(
      fc.property(
        events,
        fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(adagrad, ftrl, sgd),
        (list, places, batchSize, optimizer) => {
          const spec = modelSpec(batchSize, optimizer);
          const cuts = places.map((place) => place % list.length);
          if (cuts.some((at) => at > 0)) cut += 1;
          expect(learned(list, cuts, spec)).toEqual(learned(list, [], spec));
        },
      ),
    );
    expect(cut).toBeGreaterThan(10);
  });

  const list: Event[] = Array.from({ length: 12 }, (_, at) => ({
    user: at % 5,
    item: (at * 3) % 5,
    label: at % 2,
  }));

  it("of another size or order is another result", () => {
    const one = learned(list, [], modelSpec(1, adagrad));
    expect(learned(list, [], modelSpec(4, adagrad))).not.toEqual(one);
    expect(learned([...list].reverse(), [], modelSpec(1, adagrad))).not.toEqual(one);
  });

  it("takes every gradient at the weights before it, and averages them", () => {
    const only: TermSpec[] = [{ kind: "bias", name: "bias" }];
    const spec = specOf(only, { batchSize: 3, link: "squared", optimizer: { kind: "sgd", rate: 1, l2: 0 } });
    const state = loadState(newModel(spec), new Map());
    const learner = plainLearner(state);
    const rows = learner.over(batchOf({ labels: [1, 2, 6, 10], weights: [1, 1, 0.5, 1] }));
    const bias = (): number => state.table("bias").weights[0] ?? Number.NaN;
    rows.learn(0, 2);
    expect(bias()).toBe(0);
    rows.learn(2, 4);
    expect(bias()).toBe((1 + 2 + 6 * 0.5) / 3);
    // What is left at the end is averaged over its own rows.
    learner.flush();
    expect(bias()).toBe(10);
    learner.flush();
    expect(bias()).toBe(10);
  });
});

describe("rows of new ids", () => {
  /** At a rate of 0 every row stays as it began. */
  const still = modelSpec(1, { kind: "sgd", rate: 0, l2: 0 });

  function beginnings(order: readonly Event[], spec = still): Map<string, number[]> {
    const state = stateOf(spec);
    plainLearner(state).over(batch(order)).learn(0, order.length);
    const found = new Map<string, number[]>();
    for (const [feature, table] of [
      ["user", "dot/user"],
      ["item", "dot/item"],
      ["user", "deep/user"],
    ] as const) {
      const { weights, width } = state.table(table);
      for (const { id, row } of learnedIds(state.rows(feature)))
        found.set(`${table} ${id}`, [...weights.subarray(row * width, (row + 1) * width)]);
    }
    return found;
  }

  it("begin the same, whatever the order in which tables grow", () => {
    let compared = 0;
    fc.assert(
      fc.property(events, fc.infiniteStream(fc.nat(1e6)), (list, keys) => {
        const shuffled = list
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        const [a, b] = [beginnings(list), beginnings(shuffled)];
        expect([...b].sort()).toEqual([...a].sort());
        compared += a.size;
      }),
    );
    expect(compared).toBeGreaterThan(500);
  });

  it("begin by table, id and seed, around the rule's mean", () => {
    const all = IDS.map((_, place): Event => ({ user: place, item: place, label: 1 }));
    const rows = beginnings(all);
    expect(new Set([...rows.values()].map(String)).size).toBe(15);
    const other = beginnings(all, { ...still, learner: { ...still.learner, seed: 8 } });
    for (const [name, row] of rows) expect(other.get(name)).not.toEqual(row);
    const first = IDS.map((id) => rows.get(`dot/user ${id}`)?.[0] ?? Number.NaN);
    expect(first.reduce((sum, value) => sum + value, 0) / IDS.length).toBeGreaterThan(0);
    expect(beginnings(all, { ...still, newRows: {} }).get("dot/user ann")).toEqual([0, 0]);
  });

  it("are scored as unknown until first learned, then have a row each, in order of learning", () => {
    const state = stateOf(modelSpec(1, adagrad));
    const learner = plainLearner(state);
    const rows = batch([
      { user: 3, item: 1, label: 1 },
      { user: 0, item: 1, label: 0 },
    ]);
    const scores = new Float64Array(2);
    const bound = learner.over(rows);
    bound.score(0, 2, scores);
    expect(scores[0]).toBe(scores[1]);
    bound.learn(0, 1);
    expect(learnedIds(state.rows("user"))).toEqual([{ id: "dot", row: 1 }]);
    bound.learn(1, 2);
    expect(learnedIds(state.rows("user"))).toEqual([
      { id: "dot", row: 1 },
      { id: "ann", row: 2 },
    ]);
    expect(learnedIds(state.rows("item"))).toEqual([{ id: "bob", row: 1 }]);
  });

  it("are scored as unknown and learned from their own row where both are one pass", () => {
    fc.assert(
      fc.property(events, (list) => {
        const rows = batch(list);
        const [apart, together] = [1, 2].map(() => plainLearner(stateOf(modelSpec(1, adagrad))).over(rows));
        const expected = new Float64Array(list.length);
        list.forEach((_, row) => {
          apart?.score(row, row + 1, expected);
          apart?.learn(row, row + 1);
        });
        const scores = new Float64Array(list.length);
        together?.scoreThenLearn(0, list.length, scores);
        expect(scores).toEqual(expected);
      }),
    );
  });

  it("keep their row, weights and counts when the model is saved and meets more of them", () => {
    const spec = modelSpec(1, adagrad);
    const list: Event[] = Array.from({ length: 30 }, (_, at) => ({
      user: (at * at) % 5,
      item: at % 3,
      label: at % 2,
    }));
    const whole = stateOf(spec);
    const learner = plainLearner(whole);
    learner.over(batch(list)).learn(0, 30);

    const first = stateOf(spec);
    plainLearner(first)
      .over(
        gatherBatch(
          batch(list),
          Int32Array.from({ length: 10 }, (_, at) => at),
        ),
      )
      .learn(0, 10);
    const saved = saveState(newModel(spec), first);
    // The second log sees the model's ids by their rows, and the others as new.
    const codeOf = (feature: string, place: number): number => {
      const vocabulary = saved.vocabularies.get(feature);
      const at = vocabulary?.ids.indexOf(IDS[place] ?? "") ?? -1;
      return at < 0 ? -1 - place : (vocabulary?.rows[at] ?? 0);
    };
    const second = loadState(saved, newIds);
    const rest = list.slice(10);
    plainLearner(second)
      .over(
        batchOf({
          labels: rest.map(({ label }) => label),
          codes: {
            user: rest.map(({ user }) => codeOf("user", user)),
            item: rest.map(({ item }) => codeOf("item", item)),
          },
          newIds: { user: IDS, item: IDS },
        }),
      )
      .learn(0, 20);
    const plain = (model: ReturnType<typeof saveState>): unknown => [
      [...model.tensors].map(([name, { values }]) => [name, values()]),
      [...model.vocabularies],
    ];
    expect(plain(saveState(saved, second))).toEqual(plain(saveState(newModel(spec), whole)));
  });

  it("of a model as if it had never learned do not begin at a checkpoint's mean", () => {
    const state = emptyState(
      newModel({ ...still, newRows: { "dot/user": { noise: 0, mean: [1, -1] } } }),
      newIds,
    );
    const rows = batch([{ user: 0, item: 0, label: 1 }]);
    plainLearner(state).over(rows).learn(0, 1);
    expect([...state.table("dot/user").weights.subarray(2, 4)]).toEqual([0, 0]);
  });
});
