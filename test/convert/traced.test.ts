import fc from "fast-check";
import { expect, it } from "vitest";
import type { BoundNorm, SourceLayout } from "../../src/convert/bound.js";
import { type Arithmetic, plainNumbers } from "../../src/convert/parity/arithmetic.js";
import type { SourceValue } from "../../src/convert/parity/source-encode.js";
import type { SourceTables } from "../../src/convert/parity/source-network.js";
import { sourceScore } from "../../src/convert/parity/source-terms.js";
import { Tape, type Traced } from "../../src/convert/parity/traced.js";
import type { Activation, DeepInput, DeepLayer, TermSpec } from "../../src/core/model-spec.js";
import { inputsWidth, interactionWidth } from "../../src/core/table-shapes.js";

const STEP = 1e-6;
const activation = fc.constantFrom<Activation>(
  ...(["linear", "relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus"] as const),
);
const hidden = fc.array(fc.record({ units: fc.integer({ min: 1, max: 4 }), activation }), { maxLength: 2 });
const toOne = hidden.map((layers): DeepLayer[] => [...layers, { units: 1, activation: "linear" }]);
const inputs = fc.uniqueArray(
  fc.constantFrom<DeepInput>(
    { kind: "dense", feature: "price" },
    { kind: "embedding", feature: "user", width: 2 },
    { kind: "embedding", feature: "item", width: 3, from: "dot" },
    { kind: "embedding", feature: "tags", width: 2 },
    { kind: "product", left: "user", right: "item", width: 2 },
    { kind: "sum", features: ["user", "tags", "word"], width: 2 },
  ),
  { minLength: 1, maxLength: 4 },
);
const terms = fc.oneof(
  fc.constantFrom<TermSpec>(
    { kind: "bias", name: "bias" },
    { kind: "linear", name: "linear", features: ["user", "word", "price", "tags"] },
    { kind: "dot", name: "dot", left: "user", right: "word", width: 3 },
    { kind: "factorisation", name: "factorisation", features: ["user", "tags", "word", "price"], width: 2 },
  ),
  fc.record({ inputs, layers: toOne }).map((of): TermSpec => ({ kind: "deep", name: "deep", ...of })),
  fc.record({ left: inputs, right: inputs, below: hidden }).map(
    ({ left, right, below }): TermSpec => ({
      ...{ kind: "towers", name: "towers" },
      left: { inputs: left, layers: [...below, { units: 3, activation: "tanh" }] },
      right: { inputs: right, layers: [{ units: 3, activation: "linear" }] },
    }),
  ),
  fc
    .record({
      ...{ inputs, layers: toOne, crosses: fc.integer({ min: 1, max: 3 }) },
      form: fc.constantFrom("vector" as const, "matrix" as const),
      structure: fc.constantFrom("stacked" as const, "parallel" as const),
    })
    .map((of): TermSpec => ({ kind: "cross", name: "cross", ...of })),
  fc.record({ below: hidden, top: toOne, dense: fc.boolean() }).map(
    ({ below, top, dense }): TermSpec => ({
      ...{ kind: "interaction", name: "interaction", features: ["user", "item", "tags"], width: 2, top },
      dense: dense ? ["price"] : [],
      bottom: dense ? [...below, { units: 2, activation: "relu" }] : [],
    }),
  ),
);
const values: ReadonlyMap<string, SourceValue> = new Map<string, SourceValue>([
  ["user", { row: 3 }],
  ["item", { row: 5 }],
  ["word", { row: 2, sign: -1 }],
  ["price", { value: 1.75 }],
  [
    "tags",
    {
      bag: [
        { of: { row: 1 }, factor: 0.25 },
        { of: { row: 4 }, factor: 0.5 },
        { of: { row: 1 }, factor: 0.25 },
      ],
    },
  ],
]);

const known = new Map<string, number>();

/** A number for each place, from -1 to 1, the same at each call, none of them alike. */
function numberAt(place: string): number {
  const before = known.get(place);
  if (before !== undefined) return before;
  let hash = 17;
  for (const letter of place) hash = (hash * 31 + letter.charCodeAt(0)) % 99991;
  const number = hash / 50000 - 1;
  known.set(place, number);
  return number;
}

/** BatchNorm before and after the first layers, and the order of a DLRM's reference implementation turned round. */
function aroundOf(term: TermSpec): { norms: BoundNorm[]; layout: SourceLayout | undefined } {
  const normOf = (stack: string, side: BoundNorm["side"], width: number): BoundNorm => ({
    ...{ kernel: `${stack}/kernel_0`, bias: `${stack}/bias_0`, term: term.name, side, first: 0, width },
    tensors: { mean: "mean", variance: "variance", gamma: "gamma", beta: "beta", epsilon: 1e-3 },
  });
  const around = (stack: string, layers: readonly DeepLayer[], width: number): BoundNorm[] =>
    layers[0] === undefined ? [] : [normOf(stack, "in", width), normOf(stack, "out", layers[0].units)];
  switch (term.kind) {
    case "deep":
    case "cross":
      return { norms: around(term.name, term.layers, inputsWidth(term.inputs)), layout: undefined };
    case "towers":
      return { norms: around("towers/left", term.left.layers, 1), layout: undefined };
    case "interaction": {
      const vectors = [...term.features].reverse();
      const all = term.dense.length === 0 ? vectors : [...vectors, undefined];
      const pairs = all.flatMap((_, i) => all.slice(i + 1).map((_, j) => [i, i + 1 + j] as const));
      const above = term.dense.length === 0 ? (["products"] as const) : (["products", "dense"] as const);
      return {
        norms: around("interaction/top", term.top, interactionWidth(term)),
        layout: { vectors: all, pairs, above },
      };
    }
    default:
      return { norms: [], layout: undefined };
  }
}

const NORM = new Map(
  ["mean", "variance", "gamma", "beta"].map((name) => [
    name,
    Array.from({ length: 64 }, (_, k) => (name === "variance" ? 2 : 0) + numberAt(`${name} ${k}`)),
  ]),
);

function tablesOf<N>(term: TermSpec, numbers: Arithmetic<N>, at: (place: string) => N): SourceTables<N> {
  const table = (name: string) => ({
    at: (row: number, k: number) => at(`${name} ${row} ${k}`),
    unknown: () => numbers.constant(Number.NaN),
  });
  return { numbers, table, tensor: (name) => NORM.get(name) ?? [], ...aroundOf(term) };
}

it("the slopes of every term, through BatchNorm where it stands, are those of central differences", () => {
  const met = new Set<string>();
  let compared = 0;
  fc.assert(
    fc.property(terms, (term) => {
      const tape = new Tape();
      const weights = new Map<string, Traced>();
      const traced = sourceScore(
        [term],
        values,
        tablesOf(term, tape, (place) => {
          const weight = weights.get(place) ?? tape.constant(numberAt(place));
          weights.set(place, weight);
          return weight;
        }),
      );
      tape.backwards(traced);
      expect(Number.isFinite(traced.value)).toBe(true);
      met.add(term.kind === "cross" ? `${term.form} ${term.kind} ${term.structure}` : term.kind);
      const scoreWith = (moved: string, by: number): number => {
        const at = (place: string): number => numberAt(place) + (place === moved ? by : 0);
        return sourceScore([term], values, tablesOf(term, plainNumbers, at));
      };
      expect(scoreWith("", 0)).toBe(traced.value);
      for (const [place, { slope }] of weights) {
        const [up, down] = [scoreWith(place, STEP), scoreWith(place, -STEP)];
        // At a corner of relu the two sides differ.
        if (Math.abs(up + down - 2 * traced.value) > 1e-8) continue;
        expect(Math.abs((up - down) / (2 * STEP) - slope), place).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(slope)),
        );
        compared += 1;
      }
    }),
    { numRuns: 150 },
  );
  expect([...met].sort()).toEqual([
    ...["bias", "deep", "dot", "factorisation", "interaction", "linear"],
    ...["matrix cross parallel", "matrix cross stacked", "towers"],
    ...["vector cross parallel", "vector cross stacked"],
  ]);
  expect(compared).toBeGreaterThan(1500);
});

it("a number that is its own factor has both of its slopes", () => {
  const tape = new Tape();
  const x = tape.constant(3);
  tape.backwards(tape.sum([tape.inner([x], [x]), x]));
  expect(x.slope).toBe(7);
});
