import fc from "fast-check";
import { expect, it } from "vitest";
import type { SourceValue } from "../../src/convert/parity/source-encode.js";
import { hasSourceGradient, scoreAndSlopes } from "../../src/convert/parity/source-gradients.js";
import type { Activation, DeepInput, TermSpec } from "../../src/core/model-spec.js";

const STEP = 1e-6;
const activation = fc.constantFrom<Activation>(
  ...(["linear", "relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus"] as const),
);
const input = fc.constantFrom<DeepInput>(
  { kind: "dense", feature: "price" },
  { kind: "embedding", feature: "user", width: 2 },
  { kind: "embedding", feature: "item", width: 3, from: "dot" },
  { kind: "product", left: "user", right: "item", width: 2 },
  { kind: "sum", features: ["user", "item", "word"], width: 2 },
);
const terms = fc.oneof(
  fc.constantFrom<TermSpec>(
    { kind: "bias", name: "bias" },
    { kind: "linear", name: "linear", features: ["user", "word", "price"] },
    { kind: "dot", name: "dot", left: "user", right: "word", width: 3 },
    { kind: "factorisation", name: "factorisation", features: ["user", "item", "word", "price"], width: 2 },
  ),
  fc
    .record({
      inputs: fc.uniqueArray(input, { minLength: 1, maxLength: 4 }),
      hidden: fc.array(fc.record({ units: fc.integer({ min: 1, max: 4 }), activation }), { maxLength: 2 }),
    })
    .map(
      ({ inputs, hidden }): TermSpec => ({
        ...{ kind: "deep", name: "deep", inputs },
        layers: [...hidden, { units: 1, activation: "linear" }],
      }),
    ),
);
const values: ReadonlyMap<string, SourceValue> = new Map<string, SourceValue>([
  ["user", { row: 3 }],
  ["item", { row: 5 }],
  ["word", { row: 2, sign: -1 }],
  ["price", { value: 1.75 }],
]);

/** A weight for each place, the same at each call, none of them alike. */
function weightAt(table: string, row: number, k: number): number {
  let hash = 17;
  for (const letter of `${table} ${row} ${k}`) hash = (hash * 31 + letter.charCodeAt(0)) % 99991;
  return hash / 50000 - 1;
}

it("the slopes of every term are those of central differences", () => {
  const kinds = new Set<string>();
  let compared = 0;
  fc.assert(
    fc.property(terms, (term) => {
      kinds.add(term.kind);
      expect(hasSourceGradient(term)).toBe(true);
      const { score, slopes } = scoreAndSlopes(term, values, weightAt);
      expect(Number.isFinite(score)).toBe(true);
      const together = new Map<string, number>();
      for (const { table, row, k, slope } of slopes) {
        const place = JSON.stringify([table, row, k]);
        together.set(place, (together.get(place) ?? 0) + slope);
      }
      for (const [place, slope] of together) {
        const moved = (by: number): number =>
          scoreAndSlopes(term, values, (table, row, k) => {
            const own = JSON.stringify([table, row, k]) === place;
            return weightAt(table, row, k) + (own ? by : 0);
          }).score;
        const [up, down] = [moved(STEP), moved(-STEP)];
        // At a corner of relu the two sides differ.
        if (Math.abs(up + down - 2 * score) > 1e-8) continue;
        expect(Math.abs((up - down) / (2 * STEP) - slope), place).toBeLessThan(1e-6);
        compared += 1;
      }
    }),
    { numRuns: 150 },
  );
  expect([...kinds].sort()).toEqual(["bias", "deep", "dot", "factorisation", "linear"]);
  expect(compared).toBeGreaterThan(1000);
});

it("says which terms it has none for", () => {
  const towers = { inputs: [], layers: [] };
  const term: TermSpec = { kind: "towers", name: "towers", left: towers, right: towers };
  expect(hasSourceGradient(term)).toBe(false);
  expect(scoreAndSlopes(term, values, weightAt).score).toBeNaN();
});
