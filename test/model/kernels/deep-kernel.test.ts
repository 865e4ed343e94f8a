import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeepInput, Link, ModelSpec, OptimizerSpec, TermSpec } from "../../../src/core/model-spec.js";
import type { Kernels } from "../../../src/core/wasm.js";
import { loadKernels } from "../../../src/io/kernels.js";
import type { EventBatch } from "../../../src/model/batch.js";
import { newModel } from "../../../src/model/create.js";
import { createLearner } from "../../../src/model/create-learner.js";
import { type Learner, plainLearner } from "../../../src/model/learner.js";
import { loadState } from "../../../src/model/load.js";
import type { ModelState } from "../../../src/model/state.js";
import { batchOf, learnedIds } from "../../support/learner.js";
import { deep, draw, factorisation, optimizers } from "../../support/model-arbitraries.js";
import { deepOf, FEATURES, specOf } from "../../support/models.js";

const kernels = loadKernels();
const NEW_IDS = ["ann", "bob", "cem", "dan"];
const WIDE: readonly TermSpec[] = [
  { kind: "bias", name: "bias" },
  { kind: "linear", name: "linear", features: ["age", "item", "user"] },
];
const ADAGRAD: OptimizerSpec = {
  ...{ kind: "adagrad", rate: 0.05, initialAccumulator: 0.1, epsilon: 1e-10, epsilonPlacement: "outside" },
  l2: 0,
};

/** In float32, its vectors and layers of noise. */
function deepSpec(
  terms: readonly TermSpec[],
  more: { optimizer?: OptimizerSpec; batchSize?: number; link?: Link } = {},
): ModelSpec {
  const spec = specOf(terms, { optimizer: ADAGRAD, ...more });
  const parts = ["user", "item", "kernel_0", "kernel_1", "kernel_2", "kernel_3"];
  return {
    ...spec,
    learner: { ...spec.learner, precision: "float32" },
    newRows: Object.fromEntries([
      ...parts.map((part) => [`deep/${part}`, { noise: 0.5 }]),
      ...["user", "item", "price", "age"].map((part) => [`fm/${part}`, { noise: 0.3 }]),
    ]),
  };
}

/** Users come as they come: an id that the vocabulary does not hold yet is a code below 0. */
const growing = (spec: ModelSpec): ModelSpec => ({
  ...spec,
  features: FEATURES.map((feature) =>
    feature.name === "user"
      ? { ...feature, encoder: { kind: "vocabulary", unknown: { rule: "grow", row: 0 } } }
      : feature,
  ),
});
const stateOf = (spec: ModelSpec): ModelState => loadState(newModel(spec), new Map([["user", NEW_IDS]]));
const kernelOf = (spec: ModelSpec): Learner => createLearner(stateOf(spec), kernels);
const arraysOf = (state: ModelState): [string, ArrayLike<number>][] =>
  state.tables.flatMap((table) =>
    [table.weights, ...table.slots].map((values, index): [string, ArrayLike<number>] => [
      `${table.name} ${index}`,
      table.packed(values),
    ]),
  );

/** d in units of the last place of a float32, at 1 or at the value where that is more. */
function ulps(found: number, expected: number): number {
  return Math.abs(found - expected) / (2 ** -23 * Math.max(1, Math.abs(expected)));
}

describe("the deep kernel", () => {
  it("learns what the plain terms learn, to 4 ulp of float32 an update", () => {
    let learned = 0;
    // A step that divides by the root of a gradient's own square has no bound where the gradient is near 0.
    const isTame = (optimizer: OptimizerSpec): boolean => {
      if (optimizer.kind === "adam") return optimizer.epsilon >= 1e-3 && optimizer.beta2 > 0.1;
      return !("epsilon" in optimizer) || optimizer.epsilon >= 1e-3 || optimizer.initialAccumulator > 0;
    };
    fc.assert(
      fc.property(
        fc.tuple(deep, fc.option(factorisation, { nil: undefined })),
        optimizers.filter(isTame),
        fc.record({ rows: fc.integer({ min: 1, max: 400 }), batchSize: fc.integer({ min: 1, max: 200 }) }),
        fc.record({ seed: fc.integer(), isWide: fc.boolean() }),
        fc.constantFrom("logistic" as const, "squared" as const),
        ([term, pairs], optimizer, { rows, batchSize }, { seed, isWide }, link) => {
          const terms = [...(isWide ? WIDE : []), term, ...(pairs === undefined ? [] : [pairs])];
          const spec = deepSpec(terms, { optimizer, batchSize, link });
          const batch = draw(seed, rows, link);
          const [kernel, plain] = [kernelOf(spec), plainLearner(stateOf(spec))];
          if (kernel.kernel === "plain") return;
          for (const learner of [kernel, plain]) {
            learner.over(batch).learn(0, rows);
            learner.flush();
          }
          const updates = Math.ceil(rows / batchSize);
          const expected = new Map(arraysOf(plain.state));
          for (const [name, values] of arraysOf(kernel.state)) {
            Array.from(values).forEach((value, at) => {
              const off = ulps(value, expected.get(name)?.[at] ?? Number.NaN);
              expect(off, `${name}[${at}] after ${updates} updates`).toBeLessThanOrEqual(4 * updates);
            });
          }
          for (const table of plain.state.tables) {
            const own = kernel.state.table(table.name);
            expect(own.steps).toBe(updates);
            const squares = table.takeGradientSquares();
            expect(Math.abs(own.takeGradientSquares() - squares)).toBeLessThanOrEqual(1e-4 * squares + 1e-9);
          }
          learned += rows;
        },
      ),
      // The kinks of relu and of clipping are where rounding decides the side: the same draws every time.
      { numRuns: 400, seed: 5 },
    );
    expect(learned).toBeGreaterThan(20_000);
  });

  const network = deepOf(
    [
      { kind: "embedding", feature: "user", width: 5 },
      { kind: "dense", feature: "price" },
      { kind: "embedding", feature: "item", width: 16 },
    ],
    [21, 6],
    "relu",
  );

  const pairs: TermSpec = {
    ...{ kind: "factorisation", name: "fm", width: 9 },
    features: ["item", "age", "user", "price"],
  };
  const deepFm = [network, ...WIDE, pairs];

  /** What a course of calls leaves: scores, arrays, rows of new ids. */
  function course(
    spec: ModelSpec,
    batch: EventBatch,
    run: (learner: Learner, scores: Float64Array) => void,
    by: Kernels = kernels,
  ): unknown {
    const learner = createLearner(stateOf(spec), by);
    expect(learner.kernel).toBe("wasm-deep");
    const scores = new Float64Array(batch.rows);
    run(learner, scores);
    learner.flush();
    const state = arraysOf(learner.state).map(([name, values]) => [name, Array.from(values)]);
    return [Array.from(scores), state, learnedIds(learner.state.rows("user"))];
  }

  it.each<OptimizerSpec>([{ kind: "frozen" }, { kind: "sgd", rate: 0.01, l2: 0 }])(
    "learns layers with an optimizer of their own: %o",
    (layers) => {
      const spec = deepSpec([...WIDE, network], { batchSize: 8 });
      const optimizers = { ...spec.learner.optimizers, "deep/layers": layers };
      const own = { ...spec, learner: { ...spec.learner, optimizers } };
      const batch = draw(11, 200, "logistic");
      const [kernel, plain, before] = [
        kernelOf(own),
        plainLearner(stateOf(own)),
        new Map(arraysOf(stateOf(own))),
      ];
      expect(kernel.kernel).toBe("wasm-deep");
      for (const learner of [kernel, plain]) learner.over(batch).learn(0, batch.rows);
      const expected = new Map(arraysOf(plain.state));
      let moved = 0;
      for (const [name, values] of arraysOf(kernel.state)) {
        Array.from(values).forEach((value, at) => {
          expect(ulps(value, expected.get(name)?.[at] ?? Number.NaN), `${name}[${at}]`).toBeLessThanOrEqual(
            100,
          );
          if (value !== before.get(name)?.[at] && /kernel|bias_/.test(name)) moved += 1;
        });
      }
      expect(moved > 0).toBe(layers.kind !== "frozen");
    },
  );

  it("leaves vectors that two terms learn to the plain terms", () => {
    const inputs: DeepInput[] = ["user", "item"].map((feature) => ({
      kind: "embedding",
      feature,
      width: 4,
      from: "factorisation",
    }));
    const fm: TermSpec = {
      kind: "factorisation",
      name: "factorisation",
      features: ["user", "item"],
      width: 4,
    };
    expect(kernelOf(deepSpec([fm, deepOf(inputs, [3], "relu")])).kernel).toBe("plain");
  });

  it("gives the same bits however calls cut the events, and in one pass or two", () => {
    let cuts = 0;
    const drawn = draw(3, 700, "logistic");
    const random = draw(4, 700, "logistic").features.get("price");
    const ids = Array.from({ length: 700 }, (_, row) =>
      random?.kind === "values" && (random.values[row] ?? 0) > 1 ? 0 : -1 - ((row * row) % NEW_IDS.length),
    );
    const user = { kind: "rows" as const, codes: Int32Array.from(ids), newIds: NEW_IDS };
    const batch = { ...drawn, features: new Map([...drawn.features, ["user", user] as const]) };
    const length = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(
        fc.constantFrom(1, 7, 64, 200, 1000),
        fc.array(length, { minLength: 1, maxLength: 6 }),
        (batchSize, turns) => {
          const spec = growing(deepSpec(deepFm, { batchSize }));
          const byOne = course(spec, batch, (learner, scores) => {
            const bound = learner.over(batch);
            for (let row = 0; row < batch.rows; row++) {
              bound.score(row, row + 1, scores);
              bound.learn(row, row + 1);
            }
          });
          const byTurns = course(spec, batch, (learner, scores) => {
            for (let from = 0, turn = 0; from < batch.rows; turn++) {
              const to = Math.min(batch.rows, from + (turns[turn % turns.length] ?? 1));
              learner.over(batch).scoreThenLearn(from, to, scores);
              from = to;
              cuts += 1;
            }
          });
          expect(byTurns).toEqual(byOne);
        },
      ),
      { numRuns: 15 },
    );
    expect(cuts).toBeGreaterThan(50);
  });

  it("gives the same bits whichever half of the work is done first", () => {
    let offered = 0;
    const backwards: Kernels = {
      ...kernels,
      secondThread: {
        inTwo: (_kernel, _work, run) => {
          offered += 1;
          run(1);
          run(0);
        },
        cpuSeconds: () => 0,
      },
    };
    for (const batchSize of [64, 65, 66, 67, 71, 130, 255, 300]) {
      const batch = draw(batchSize, 300, "logistic");
      const spec = deepSpec(deepFm, { batchSize });
      const learn = (learner: Learner): void => learner.over(batch).learn(0, 300);
      expect(course(spec, batch, learn, backwards)).toEqual(course(spec, batch, learn));
    }
    expect(offered).toBeGreaterThan(30);
  });

  it("gives the same bits on two threads", { timeout: 60_000 }, async () => {
    const batch = draw(11, 512, "logistic");
    const spec = deepSpec(deepFm, { batchSize: 256 });
    const learn = (learner: Learner): void => learner.over(batch).learn(0, 512);
    const expected = course(spec, batch, learn);
    const { secondThread } = loadKernels({ threads: 2 });
    let offered = 0;
    let own = 0;
    const counting: Kernels = {
      ...kernels,
      secondThread: {
        inTwo: (kernel, work, run) => {
          offered += 1;
          secondThread?.inTwo(kernel, work, (half) => {
            own += half;
            run(half);
          });
        },
        cpuSeconds: () => 0,
      },
    };
    // The thread takes its halves when it has started.
    for (let turn = 0; turn < 10_000 && offered - own < 40; turn++) {
      expect(course(spec, batch, learn, counting)).toEqual(expected);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(offered - own).toBeGreaterThanOrEqual(40);
  });

  it("scores a row by itself as among others, and no score changes what is learned", () => {
    const batch = draw(6, 301, "logistic");
    const spec = deepSpec(deepFm, { batchSize: 100 });
    const scored = course(spec, batch, (learner, scores) => {
      const bound = learner.over(batch);
      bound.learn(0, 250);
      bound.score(0, 301, scores);
      const alone = new Float64Array(301);
      for (let row = 0; row < 301; row++) bound.score(row, row + 1, alone);
      expect(alone).toEqual(scores);
      bound.learn(250, 301);
      bound.score(0, 301, scores.fill(0));
    });
    const learned = course(spec, batch, (learner, scores) => {
      learner.over(batch).learn(0, 301);
      learner.over(batch).score(0, 301, scores);
    });
    expect(scored).toEqual(learned);
  });

  it("reads weights that were copied into its state", () => {
    const batch = draw(8, 64, "logistic");
    const spec = deepSpec([network], { batchSize: 8 });
    const [learner, serving] = [kernelOf(spec), kernelOf(spec)];
    learner.over(batch).learn(0, 64);
    serving.state.copyFrom(learner.state, "weights");
    const [own, served] = [new Float64Array(64), new Float64Array(64)];
    learner.over(batch).score(0, 64, own);
    serving.over(batch).score(0, 64, served);
    expect(served).toEqual(own);
    expect(new Set(own).size).toBeGreaterThan(20);
  });

  it("stops at the update that leaves a weight infinite, and names the plain terms' own row", () => {
    const spec = deepSpec([network], {
      optimizer: { kind: "sgd", rate: 1e30, l2: 0 },
      batchSize: 2,
      link: "squared",
    });
    const batch = draw(9, 40, "squared");
    const placeOf = (learner: Learner): string | undefined => {
      try {
        learner.over(batch).learn(0, 40);
      } catch (error) {
        return /term .*, update \d+/.exec(String(error))?.[0];
      }
      return "it went on";
    };
    const plain = placeOf(plainLearner(stateOf(spec)));
    expect(plain).toMatch(/^term deep, \w+, row \d+, update \d+$/);
    expect(placeOf(kernelOf(spec))).toBe(plain);
  });

  it("leaves models that it does not know to the plain terms", () => {
    const spec = deepSpec([network, ...WIDE]);
    const kernelFor = (other: ModelSpec): string => kernelOf(other).kernel;
    const learnedBy = (optimizer: OptimizerSpec): ModelSpec => ({
      ...spec,
      learner: { ...spec.learner, optimizers: { ...spec.learner.optimizers, deep: optimizer } },
    });
    expect(kernelFor(spec)).toBe("wasm-deep");
    expect(kernelFor({ ...spec, learner: { ...spec.learner, precision: "float64" } })).toBe("plain");
    const adam = { kind: "adam", rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, l2: 0 } as const;
    expect(kernelFor(learnedBy({ ...adam, touch: "dense" }))).toBe("plain");
    expect(kernelFor(learnedBy({ ...adam, touch: "lazy" }))).toBe("wasm-deep");
    expect(kernelFor(deepSpec([...deepFm, { ...pairs, name: "second" }]))).toBe("plain");
    const dot = { kind: "dot", name: "dot", left: "user", right: "item", width: 2 } as const;
    expect(kernelFor(deepSpec([network, dot]))).toBe("plain");
    expect(kernelFor(deepSpec([network, { ...network, name: "second" }]))).toBe("plain");
    const product = deepOf([{ kind: "product", left: "user", right: "item", width: 2 }], [3], "relu");
    expect(kernelFor(deepSpec([product]))).toBe("plain");
  });
});

it("learns layers by an optimizer of their own", () => {
  const term = deepOf([{ kind: "embedding", feature: "user", width: 2 }], [3], "tanh");
  const spec = deepSpec([term], { batchSize: 4 });
  const optimizers = { ...spec.learner.optimizers, "deep/layers": { kind: "frozen" } as const };
  const learner = kernelOf({ ...spec, learner: { ...spec.learner, optimizers } });
  expect(learner.kernel).toBe("wasm-deep");
  const before = new Map(arraysOf(stateOf(spec)));
  learner.over(draw(2, 40, "logistic")).learn(0, 40);
  const after = new Map(arraysOf(learner.state));
  expect(after.get("deep/kernel_0 0")).toEqual(before.get("deep/kernel_0 0"));
  expect(after.get("deep/user 0")).not.toEqual(before.get("deep/user 0"));
});

it("leaves the weight of a number alone that is 0 in every event of a batch", () => {
  const linear: TermSpec = { kind: "linear", name: "linear", features: ["age"] };
  const term = deepOf([{ kind: "dense", feature: "price" }], [], "linear");
  const spec = deepSpec([linear, term], { optimizer: { kind: "sgd", rate: 0.5, l2: 0.5 }, batchSize: 2 });
  const learner = kernelOf({ ...spec, newRows: { ...spec.newRows, "linear/age": { noise: 1 } } });
  const weightAfter = (age: readonly number[]): number => {
    const batch = batchOf({ labels: [1, 0], codes: {}, values: { price: [1, 2], age } });
    learner.over(batch).learn(0, 2);
    return learner.state.table("linear/age").weights[0] ?? Number.NaN;
  };
  const before = learner.state.table("linear/age").weights[0];
  expect(weightAfter([0, 0])).toBe(before);
  expect(weightAfter([0, 0.1])).not.toBe(before);
});

it("sums the gradients of a row that occurs twice in a batch before it squares them", () => {
  const term = deepOf([{ kind: "embedding", feature: "user", width: 2 }], [], "linear");
  const spec = deepSpec([term], { batchSize: 4, link: "squared" });
  const batch = batchOf({ labels: [1, 3, -2, 5], codes: { user: [1, 1, 2, 1], item: [0, 0, 0, 0] } });
  const [kernel, plain] = [kernelOf(spec), plainLearner(stateOf(spec))];
  for (const learner of [kernel, plain]) learner.over(batch).learn(0, 4);
  const [found = [], expected = []] = [kernel, plain].map(
    ({ state }) => new Map(arraysOf(state)).get("deep/user 1") ?? [],
  );
  expect(Array.from(found).some((value) => value > 0.2)).toBe(true);
  Array.from(found).forEach((value, at) => {
    expect(ulps(value, expected[at] ?? Number.NaN)).toBeLessThanOrEqual(4);
  });
});
