import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesInMemory } from "../../../src/core/bytes.js";
import type { ModelSpec, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import { partsOf } from "../../../src/core/tensor.js";
import { loadKernels } from "../../../src/io/kernels.js";
import type { EventBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner, loadLearner } from "../../../src/model/create-learner.js";
import { type Learner, plainLearner } from "../../../src/model/learner.js";
import { loadState, saveState } from "../../../src/model/load.js";
import { decodeSafetensors, encodeSafetensors } from "../../../src/model/safetensors.js";
import type { ModelState } from "../../../src/model/state.js";
import { batchOf, learnedIds } from "../../support/learner.js";

const kernels = loadKernels();
const ROWS_OF_HASH = 4;
const NEW_IDS = ["ann", "bob", "cem"];

const rate = fc.double({ min: 0.001, max: 2, noNaN: true });
const small = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 0.5, noNaN: true }));
/** One time in three: as often, no setting is there at all. */
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 2 }, { arbitrary: value, weight: 1 });
const stepSettings = {
  l1: seldom(small),
  warmUpSteps: seldom(fc.integer({ min: 1, max: 30 })),
  clipNorm: seldom(fc.constantFrom(0.01, 0.5)),
  rateFloor: seldom(fc.constantFrom(0.001, 0.1)),
};
const optimizer: fc.Arbitrary<OptimizerSpec> = fc.oneof(
  fc.record({
    kind: fc.constant("sgd" as const),
    ...{ rate, l2: small, ...stepSettings },
    schedule: seldom(fc.constantFrom("constant" as const, "inverse-sqrt" as const)),
  }),
  fc.record({
    kind: fc.constant("adagrad" as const),
    rate,
    initialAccumulator: fc.constantFrom(0, 0.1, 1),
    epsilon: fc.constantFrom(0, 1e-7, 0.1),
    epsilonPlacement: fc.constantFrom("inside" as const, "outside" as const),
    ...{ l2: small, ...stepSettings },
  }),
  fc.record({
    kind: fc.constant("ftrl" as const),
    rate,
    beta: fc.constantFrom(0.1, 1),
    l1: small,
    l2: small,
    initialAccumulator: fc.constantFrom(0, 0.1),
    clipNorm: stepSettings.clipNorm,
  }),
  fc.constant({ kind: "frozen" as const }),
);
const features = ["hashed", "grown", "value"];
const width = fc.integer({ min: 1, max: 9 });
const TERMS: readonly TermSpec[] = [
  { kind: "bias", name: "bias" },
  { kind: "linear", name: "linear", features },
];
const vectors: fc.Arbitrary<TermSpec> = fc.oneof(
  fc.record({
    kind: fc.constant("factorisation" as const),
    ...{ name: fc.constant("vectors"), width },
    features: fc.shuffledSubarray(features, { minLength: 2 }),
  }),
  width.map((wide): TermSpec => {
    return { kind: "dot", name: "vectors", left: "hashed", right: "grown", width: wide };
  }),
);
const terms = fc
  .tuple(fc.shuffledSubarray([...TERMS]), fc.option(vectors, { nil: undefined }))
  .map(([some, more]) => (more === undefined ? some : [more, ...some]))
  .filter(({ length }) => length > 0);
const model = fc.record({
  terms,
  optimizers: fc.tuple(optimizer, optimizer, optimizer),
  precision: fc.constantFrom("float32" as const, "float64" as const),
  link: fc.constantFrom("logistic" as const, "squared" as const),
});
const FROZEN: OptimizerSpec = { kind: "frozen" };
const events = fc.array(
  fc.record({
    hashed: fc.integer({ min: 0, max: ROWS_OF_HASH - 1 }),
    // Below 0: an id that the vocabulary does not hold.
    grown: fc.integer({ min: -NEW_IDS.length, max: -1 }),
    value: fc.constantFrom(0, -1.5, 0.25, 3),
    label: fc.constantFrom(0, 1),
    weight: fc.constantFrom(0, 1, 2.5),
  }),
  { minLength: 1, maxLength: 60, size: "max" },
);

type Model = typeof model extends fc.Arbitrary<infer T> ? T : never;
function specOf(one: Model): ModelSpec {
  const [bias, linear, vectors] = one.optimizers;
  const optimizers: Record<string, OptimizerSpec> = { bias, linear, vectors };
  return {
    family: "logistic-regression",
    features: [
      {
        name: "hashed",
        column: "hashed",
        encoder: { kind: "identity", size: ROWS_OF_HASH, outOfRange: "reject" },
      },
      { name: "grown", column: "grown", encoder: { kind: "vocabulary", unknown: { rule: "grow", row: 0 } } },
      {
        name: "value",
        column: "value",
        encoder: {
          kind: "dense",
          mean: 0,
          scale: 1,
          transform: "none",
          truncate: false,
          precision: "float64",
        },
      },
    ],
    terms: one.terms,
    learner: {
      link: one.link,
      optimizers: Object.fromEntries(one.terms.map(({ name }) => [name, optimizers[name] ?? bias])),
      batchSize: 1,
      precision: one.precision,
      seed: 1,
    },
    newRows: Object.fromEntries(features.map((feature) => [`vectors/${feature}`, { noise: 0.5 }])),
  };
}

/** What a course ends in; rates that are too large end it at the same event in either. */
function ended(learner: Learner, batch: EventBatch, turns: readonly number[]): number[] | string {
  try {
    return course(learner, batch, turns);
  } catch (error) {
    return String(error);
  }
}

/** Scores and learns in turns of these lengths, twice over; then everything that the state holds. */
function course(learner: Learner, batch: EventBatch, turns: readonly number[]): number[] {
  const scores = new Float64Array(batch.rows);
  const seen: number[] = [];
  for (const round of [0, 1]) {
    const bound = learner.over(batch);
    for (let from = 0, turn = round; from < batch.rows; turn++) {
      const to = Math.min(batch.rows, from + (turns[turn % turns.length] ?? 1));
      if (turn % 2 === 0) bound.scoreThenLearn(from, to, scores);
      else {
        bound.score(from, to, scores);
        bound.learn(from, to);
      }
      from = to;
    }
    seen.push(...scores);
  }
  learner.flush();
  return [...seen, ...contentsOf(learner.state)];
}

function contentsOf(state: ModelState): number[] {
  const rows = ["hashed", "grown"].map((feature) => state.rows(feature));
  return [
    ...state.tables.flatMap((table) => [
      table.rows,
      ...table.packed(table.weights),
      ...table.slots.flatMap((slot) => [...table.packed(slot)]),
    ]),
    ...state.tables.map((table) => table.takeGradientSquares()),
    ...rows.flatMap((one) => [one.rows, ...one.counts, ...learnedIds(one).map(({ row }) => row)]),
  ];
}

/**
 * Each row of each table's weights, and of each of its slots; a slot holds squares, whose error is twice as large.
 * `taken`: what an L1 of FTRL takes off a weight at most, for it is rounded with the rest.
 */
interface Row {
  key: string;
  name: string;
  row: number[];
  ulps: number;
  taken: number;
}

function rowsOf(state: ModelState): Row[] {
  return state.tables.flatMap((table) =>
    [table.weights, ...table.slots].flatMap((part, index) => {
      const values = [...table.packed(part)];
      const optimizer = state.spec.learner.optimizers[table.name.split("/")[0] ?? ""];
      const taken = optimizer?.kind === "ftrl" ? (optimizer.l1 * optimizer.rate) / optimizer.beta : 0;
      return Array.from({ length: table.rows }, (_, row) => ({
        key: `${table.name} ${index} ${row}`,
        name: table.name,
        taken: part === table.weights ? taken : 0,
        row: values.slice(row * table.width, (row + 1) * table.width),
        ulps: part === table.weights ? 4 : 8,
      }));
    }),
  );
}

const stateOf = (spec: ModelSpec): ModelState => loadState(newModel(spec), new Map([["grown", NEW_IDS]]));

type Event = typeof events extends fc.Arbitrary<(infer T)[]> ? T : never;
function batchFrom(list: readonly Event[], isWeighted: boolean): EventBatch {
  return batchOf({
    labels: list.map(({ label }) => label),
    codes: { hashed: list.map(({ hashed }) => hashed), grown: list.map(({ grown }) => grown) },
    newIds: { grown: NEW_IDS },
    values: { value: list.map(({ value }) => value) },
    ...(isWeighted ? { weights: list.map(({ weight }) => weight) } : {}),
  });
}

/** Some weights are updated in float32 arithmetic, four at a time. */
const isByFour = ({ precision, terms, optimizers: [bias, linear] }: Model): boolean =>
  precision === "float32" &&
  terms.some((term) => {
    if ("width" in term) return term.width % 4 === 0;
    const { kind } = term.kind === "bias" ? bias : linear;
    return kind === "adagrad" || kind === "ftrl";
  });

describe("the sparse kernel", () => {
  it("gives the bits of the plain terms: scores, weights, slots, counts, rows of new ids", () => {
    let learned = 0;
    fc.assert(
      fc.property(
        model,
        events,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (one, list, turns, isWeighted) => {
          fc.pre(!isByFour(one));
          const spec = specOf(one);
          const batch = batchFrom(list, isWeighted);
          const kernel = createLearner(stateOf(spec), kernels);
          expect(kernel.kernel).toBe("wasm-sparse");
          const found = ended(kernel, batch, turns);
          expect(found).toEqual(ended(plainLearner(stateOf(spec)), batch, turns));
          if (typeof found !== "string") learned += list.length;
        },
      ),
      { numRuns: 300 },
    );
    expect(learned).toBeGreaterThan(2000);
  });

  it("reads a model at rest straight into its memory, and it is the state that was saved", () => {
    let slots = 0;
    fc.assert(
      fc.property(model, events, (one, list) => {
        const spec = specOf(one);
        const learner = createLearner(stateOf(spec), kernels);
        // A run that diverges saves nothing.
        fc.pre(typeof ended(learner, batchFrom(list, false), [1]) !== "string");
        const saved = saveState(newModel(spec), learner.state);
        for (const tensor of saved.tensors.values()) {
          const values = tensor.values();
          const [from, to] = [values.length >> 2, values.length - (values.length >> 3)];
          expect(partsOf(tensor)(from, to)).toEqual(values.slice(from, to));
        }
        const bytes = encodeSafetensors(saved.tensors);
        const rest = { ...saved, tensors: decodeSafetensors(bytesInMemory("state", bytes), "state") };
        const loaded = loadLearner(rest, new Map(), kernels);
        expect(loaded.kernel).toBe("wasm-sparse");
        expect(encodeSafetensors(saveState(rest, loaded.state).tensors)).toEqual(bytes);
        for (const table of loaded.state.tables) {
          // Only some optimizers remember the number of updates.
          expect(table.steps).toBe(table.optimizer.usesStep ? learner.state.table(table.name).steps : 0);
          slots += table.slots.length;
        }
      }),
      { numRuns: 60 },
    );
    expect(slots).toBeGreaterThan(60);
  });

  it("updates float32 to 4 units in the last place of a row's largest weight or step, 8 of its slots'", () => {
    let moved = 0;
    fc.assert(
      fc.property(
        model,
        fc.constantFrom(4, 8, 12),
        events,
        fc.constantFrom("factorisation" as const, "dot" as const),
        (drawn, wide, list, kind) => {
          const vectors: TermSpec =
            kind === "dot"
              ? { kind, name: "vectors", left: "hashed", right: "grown", width: wide }
              : { kind, name: "vectors", features, width: wide };
          // Under gradients beyond 1 and rates beyond 1/2 one update makes more of its own rounding than it has of it.
          const slower = (one: OptimizerSpec): OptimizerSpec =>
            one.kind === "frozen" ? one : { ...one, rate: one.rate / 4 };
          const [bias, linear, own] = drawn.optimizers.map(slower);
          const optimizers: Model["optimizers"] = [bias ?? FROZEN, linear ?? FROZEN, own ?? FROZEN];
          const terms = [vectors, ...TERMS];
          const spec = specOf({ optimizers, terms, precision: "float32", link: "logistic" });
          const batch = batchFrom(list, false);
          const [plain, kernel] = [plainLearner(stateOf(spec)), createLearner(stateOf(spec), kernels)];
          expect(kernel.kernel).toBe("wasm-sparse");
          const bounds = [plain, kernel].map((learner) => learner.over(batch));
          const scores = [0, 1].map(() => new Float64Array(batch.rows));
          for (let row = 0; row < batch.rows; row++) {
            const before = new Map(rowsOf(plain.state).map((one) => [one.key, one.row]));
            bounds.forEach((bound, index) => {
              bound.scoreThenLearn(row, row + 1, scores[index] ?? new Float64Array());
            });
            const [expected, found] = [rowsOf(plain.state), rowsOf(kernel.state)];
            const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));
            expected.forEach(({ key, name, row: one, ulps, taken }, index) => {
              // By key: an event with a new id has one row more than were there before.
              const earlier = before.get(key) ?? [];
              const steps = one.map((value, k) => value - (earlier[k] ?? 0));
              const bound = ulps * 2 ** -23 * (largest([...one, ...earlier, ...steps]) + taken);
              const errors = one.map((value, k) => Math.abs((found[index]?.row[k] ?? 0) - value));
              expect(largest(errors), name).toBeLessThanOrEqual(bound);
              if (one.join() !== earlier.join()) moved += 1;
            });
            // Each row is the update of one event: both go on from the same numbers.
            kernel.state.copyFrom(plain.state, "all");
          }
          expect(scores[1]).toEqual(scores[0]);
          const squares = [plain, kernel].map(({ state }) =>
            state.tables.map((table) => table.takeGradientSquares()),
          );
          squares[0]?.forEach((one, index) => {
            const error = Math.abs((squares[1]?.[index] ?? Number.NaN) - one);
            expect(error, plain.state.tables[index]?.name).toBeLessThanOrEqual(1e-5 * one);
          });
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
    expect(moved).toBeGreaterThan(1000);
  });

  it("gives the same bits however the calls are cut, vectors of float32 among them", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    let learned = 0;
    fc.assert(
      fc.property(model, events, cuts, fc.constantFrom(4, 8), (drawn, list, turns, wide) => {
        const vectors: TermSpec = { kind: "factorisation", name: "vectors", features, width: wide };
        const spec = specOf({ ...drawn, terms: [vectors, ...TERMS], precision: "float32" });
        const shaOf = (lengths: readonly number[]): string => {
          const learner = createLearner(stateOf(spec), kernels);
          const found = ended(learner, batchFrom(list, true), lengths);
          if (typeof found === "string") return found;
          learned += list.length;
          const { tensors } = saveState(newModel(spec), learner.state);
          return createHash("sha256").update(encodeSafetensors(tensors)).digest("hex");
        };
        expect(shaOf(turns)).toBe(shaOf([1]));
      }),
      { numRuns: 60 },
    );
    expect(learned).toBeGreaterThan(1000);
  });

  it("has the bits of the logistic function, of large scores too", () => {
    const [bias] = TERMS;
    const frozen: Model["optimizers"] = [FROZEN, FROZEN, FROZEN];
    const terms = bias === undefined ? [] : [bias];
    const spec = specOf({ optimizers: frozen, terms, precision: "float64", link: "logistic" });
    const batch = batchFrom([{ hashed: 0, grown: -1, value: 0, label: 0, weight: 1 }], false);
    const [plain, kernel] = [plainLearner(stateOf(spec)), createLearner(stateOf(spec), kernels)];
    expect(kernel.kernel).toBe("wasm-sparse");
    const squareAt = (score: number, learner: Learner): number | undefined => {
      const [table] = learner.state.tables;
      table?.weights.fill(score);
      learner.over(batch).learn(0, 1);
      return table?.takeGradientSquares();
    };
    const score = fc.oneof(
      fc.double({ min: -720, max: 720, noNaN: true }),
      fc.double({ min: -8, max: 8, noNaN: true }),
    );
    fc.assert(
      fc.property(score, (one) => {
        expect(squareAt(one, kernel)).toBe(squareAt(one, plain));
      }),
      { numRuns: 2000 },
    );
    expect(squareAt(0, kernel)).toBe(0.25);
  });

  it("goes on over more rows than lie in its memory at once", () => {
    const spec = specOf({
      optimizers: [
        { kind: "sgd", rate: 0.1, l2: 0 },
        { kind: "ftrl", rate: 0.1, beta: 1, l1: 0, l2: 0, initialAccumulator: 0 },
        { kind: "frozen" },
      ],
      ...{ terms: [...TERMS], precision: "float64", link: "logistic" },
    });
    const rows = 20_000;
    const at = Array.from({ length: rows }, (_, row) => row);
    const batch = batchOf({
      labels: at.map((row) => Number((row * 7) % 3 === 0)),
      codes: { hashed: at.map((row) => row % 4), grown: at.map((row) => -1 - (row % 3)) },
      newIds: { grown: NEW_IDS },
      values: { value: at.map((row) => (row % 11) / 11) },
    });
    const turns = [1, 5000, 3, 9000];
    expect(course(createLearner(stateOf(spec), kernels), batch, turns)).toEqual(
      course(plainLearner(stateOf(spec)), batch, turns),
    );
  });

  it("leaves models that it does not know to the plain terms", () => {
    const spec = specOf({
      optimizers: [{ kind: "frozen" }, { kind: "frozen" }, { kind: "frozen" }],
      ...{ terms: [...TERMS], precision: "float64", link: "logistic" },
    });
    const kernelOf = (other: ModelSpec): string => createLearner(stateOf(other), kernels).kernel;
    expect(kernelOf(spec)).toBe("wasm-sparse");
    expect(kernelOf({ ...spec, learner: { ...spec.learner, batchSize: 8 } })).toBe("plain");
    const optimizers = { ...spec.learner.optimizers, other: { kind: "frozen" } as const };
    const withTerm = (term: TermSpec): ModelSpec => ({
      ...spec,
      terms: [...spec.terms, term],
      learner: { ...spec.learner, optimizers },
    });
    expect(kernelOf(withTerm({ kind: "dot", name: "other", left: "hashed", right: "grown", width: 2 }))).toBe(
      "wasm-sparse",
    );
    // One row moves by the sum of both sides' gradients.
    expect(
      kernelOf(withTerm({ kind: "dot", name: "other", left: "hashed", right: "hashed", width: 2 })),
    ).toBe("plain");
    const layers = [{ units: 1, activation: "linear" as const }];
    const inputs = [{ kind: "dense" as const, feature: "value" }];
    expect(kernelOf(withTerm({ kind: "deep", name: "other", inputs, layers }))).toBe("plain");
    expect(createLearner(stateOf(spec), undefined).kernel).toBe("plain");
  });
});

it("stops at the event that makes a weight infinite, as the plain terms do", () => {
  const spec = specOf({
    optimizers: [{ kind: "frozen" }, { kind: "sgd", rate: 1e200, l2: 0 }, { kind: "frozen" }],
    ...{ terms: [...TERMS], precision: "float64", link: "squared" },
  });
  const batch = batchOf({
    labels: [1, 1, 0, 1, 0, 1],
    codes: { hashed: [0, 1, 2, 1, 1, 1], grown: [-1, -1, -1, -1, -1, -1] },
    newIds: { grown: NEW_IDS },
    values: { value: [0, 0, 0, 0, 0, 0] },
  });
  const messageOf = (learner: Learner): string => {
    try {
      const bound = learner.over(batch);
      bound.learn(0, 1);
      bound.learn(1, 6);
    } catch (error) {
      return String(error);
    }
    return "it went on";
  };
  const plain = messageOf(plainLearner(stateOf(spec)));
  expect(plain).toMatch(/linear, (hashed|grown).*row \d.*update \d/s);
  expect(messageOf(createLearner(stateOf(spec), kernels))).toBe(plain);
});

it("stops at a weight of float32 that is not finite", () => {
  const adagrad = {
    ...{ kind: "adagrad" as const, rate: 3e38, initialAccumulator: 0.1, epsilon: 0, l2: 0 },
    epsilonPlacement: "outside" as const,
  };
  const spec = specOf({
    optimizers: [FROZEN, adagrad, FROZEN],
    ...{ terms: [...TERMS], precision: "float32", link: "squared" },
  });
  const batch = batchFrom([{ hashed: 1, grown: -1, value: 0, label: 1, weight: 2.5 }], true);
  const kernel = createLearner(stateOf(spec), kernels);
  expect(() => kernel.over(batch).learn(0, 1)).toThrow(/linear, (hashed|grown).*row \d.*update 1/s);
});
