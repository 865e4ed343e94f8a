import fc from "fast-check";
import { expect } from "vitest";
import type { Figure } from "../../src/core/figure.js";
import type { Scored } from "../../src/measure/scored.js";

export interface Row {
  prediction: number;
  label: number;
  weight: number;
  group: number;
}

/** Often few distinct predictions, so that ties of every kind are common; steps that affine maps keep exact. */
const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  prediction: fc.oneof(
    fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
    fc.integer({ min: 0, max: 2 ** 20 }).map((steps) => steps / 2 ** 20),
  ),
  label: fc.integer({ min: 0, max: 1 }),
  weight: fc.integer({ min: 0, max: 8 }).map((quarters) => quarters / 4),
  group: fc.integer({ min: -1, max: 5 }),
});

export const rowsArbitrary: fc.Arbitrary<Row[]> = fc.array(rowArbitrary, { minLength: 1, maxLength: 60 });

/** The same rows in another order. */
export const shuffledArbitrary: fc.Arbitrary<{ rows: Row[]; shuffled: Row[] }> = rowsArbitrary.chain((rows) =>
  fc.shuffledSubarray(rows, { minLength: rows.length }).map((shuffled) => ({ rows, shuffled })),
);

export function scoredOf(rows: readonly Row[], weights: "weighted" | "unweighted" = "weighted"): Scored {
  return {
    predictions: Float64Array.from(rows, ({ prediction }) => prediction),
    labels: Float64Array.from(rows, ({ label }) => label),
    ...(weights === "weighted" ? { weights: Float64Array.from(rows, ({ weight }) => weight) } : {}),
  };
}

export function groupsOf(rows: readonly Row[]): Float64Array {
  return Float64Array.from(rows, ({ group }) => group);
}

/** Of the same value up to rounding, or refused for the same reason. */
export function expectSame(found: Figure, expected: Figure): void {
  if ("refused" in expected || "refused" in found) {
    expect("refused" in found ? found.refused : found.value).toBe(
      "refused" in expected ? expected.refused : expected.value,
    );
    return;
  }
  expect(Math.abs(found.value - expected.value)).toBeLessThanOrEqual(
    1e-12 * Math.max(1, Math.abs(expected.value)),
  );
}

export function valueIn(figure: Figure): number {
  if ("refused" in figure) throw new Error(`refused: ${figure.refused}: ${figure.reason}`);
  return figure.value;
}

export function reasonOf(figure: Figure): string {
  return "refused" in figure ? figure.refused : `estimate ${figure.value}`;
}
