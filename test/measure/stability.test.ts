import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import type { MatchedRows } from "../../src/measure/stability/matched-rows.js";
import { neighbourOverlap } from "../../src/measure/stability/neighbour-overlap.js";
import { singularValues } from "../../src/measure/stability/singular-values.js";
import { type TableStability, tableStability } from "../../src/measure/stability/table-stability.js";
import { reasonOf, valueIn } from "./arbitraries.js";

const ALL = { k: 3, sample: 1000, seed: 1 };

function normals(length: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return new Float64Array(length).map(() => random.normal());
}

function perturbed(vectors: Float64Array, scale: number, seed: number): Float64Array {
  const noise = normals(vectors.length, seed);
  return vectors.map((value, at) => value + scale * (noise[at] ?? 0));
}

/** left (rows x inner) times right (inner x columns). */
function product(left: Float64Array, right: Float64Array, inner: number, columns: number): Float64Array {
  const result = new Float64Array((left.length / inner) * columns);
  for (let at = 0; at < result.length; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    for (let k = 0; k < inner; k++)
      result[at] = (result[at] ?? 0) + (left[row * inner + k] ?? 0) * (right[k * columns + column] ?? 0);
  }
  return result;
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % size) * size + Math.floor(at / size)] ?? 0);
}

function expectNear(found: Float64Array, expected: Float64Array, tolerance: number): void {
  expect(found).toHaveLength(expected.length);
  const worst = found.reduce((most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? 0))), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}

function identity(size: number): Float64Array {
  return new Float64Array(size * size).map((_, at) => (Math.floor(at / size) === at % size ? 1 : 0));
}

/** A random turn, mirrored for half of the seeds. */
function turn(size: number, seed: number): Float64Array {
  return singularValues(normals(size * size, seed), size).u;
}

function matchedOf(width: number, before: Float64Array, after: Float64Array): MatchedRows {
  return { rows: before.length / width, width, before, after };
}

const anyTable = fc.record({
  rows: fc.integer({ min: 8, max: 40 }),
  width: fc.integer({ min: 2, max: 7 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});

/** The medians and means, in one list. */
function numbersOf(stability: TableStability): number[] {
  const { moved, movedAfterAlignment: turned } = stability;
  if ("refused" in turned) throw new Error(turned.reason);
  return [
    ...[moved.relativeNorm, moved.angleDegrees, turned.relativeNorm, turned.angleDegrees].flatMap((summary) =>
      [summary.mean, summary.median, summary.p90, summary.largest].map(valueIn),
    ),
    ...[stability.shareUntouched, stability.neighbourOverlap, stability.normGrowth].map(valueIn),
  ];
}

describe("singular values", () => {
  it("give the matrix back from orthogonal factors, singular ones too", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 1e6 }),
        (size, rank, seed) => {
          const inner = Math.min(size, rank);
          const matrix =
            inner === 0
              ? new Float64Array(size * size)
              : product(normals(size * inner, seed), normals(inner * size, seed + 1), inner, size);
          const { u, values, v } = singularValues(matrix, size);
          const scale = Math.max(1, ...values);
          expectNear(product(transposed(u, size), u, size, size), identity(size), 1e-12);
          expectNear(product(transposed(v, size), v, size, size), identity(size), 1e-12);
          const scaled = u.map((value, at) => value * (values[at % size] ?? 0));
          expectNear(product(scaled, transposed(v, size), size, size), matrix, 1e-12 * scale);
          expect(values.filter((value) => value > 1e-10 * scale)).toHaveLength(inner);
        },
      ),
    );
  });

  it("are those of a matrix that is known", () => {
    const { values } = singularValues(Float64Array.of(3, 0, 4, 5), 2);
    expectNear(values.sort(), Float64Array.of(Math.sqrt(5), Math.sqrt(45)), 1e-14);
  });
});

describe("stability of a table", () => {
  it("that did not change: nothing moved", () => {
    fc.assert(
      fc.property(anyTable, ({ rows, width, seed }) => {
        const vectors = normals(rows * width, seed);
        const stability = tableStability(matchedOf(width, vectors, vectors.slice()), ALL);
        const { moved, shareUntouched, neighbourOverlap: overlap, normGrowth } = stability;
        expect([shareUntouched, overlap, normGrowth].map(valueIn)).toEqual([1, 1, 1]);
        expect([moved.relativeNorm.largest, moved.angleDegrees.largest].map(valueIn)).toEqual([0, 0]);
        expect(valueIn(shareUntouched)).toBe(1);
      }),
    );
  });

  it("that was turned as a whole: it moved, and after alignment it did not; neighbours and lengths stayed", () => {
    fc.assert(
      fc.property(anyTable, ({ rows, width, seed }) => {
        const vectors = normals(rows * width, seed);
        const turnedVectors = product(vectors, turn(width, seed + 7), width, width);
        const { moved, movedAfterAlignment, ...rest } = tableStability(
          matchedOf(width, vectors, turnedVectors),
          ALL,
        );
        if ("refused" in movedAfterAlignment) throw new Error(movedAfterAlignment.reason);
        expect(valueIn(moved.relativeNorm.largest)).toBeGreaterThan(1e-3);
        expect(valueIn(movedAfterAlignment.relativeNorm.largest)).toBeLessThan(1e-12);
        expect(valueIn(movedAfterAlignment.angleDegrees.largest)).toBeLessThan(1e-9);
        expect(valueIn(rest.neighbourOverlap)).toBe(1);
        expect(valueIn(rest.normGrowth)).toBeCloseTo(1, 12);
      }),
    );
  });

  it("that doubled: lengths doubled and no direction changed", () => {
    const vectors = normals(200, 3);
    const stability = tableStability(
      matchedOf(
        5,
        vectors,
        vectors.map((value) => 2 * value),
      ),
      ALL,
    );
    expect(valueIn(stability.normGrowth)).toBe(2);
    expect(valueIn(stability.moved.relativeNorm.median)).toBe(1);
    expect(valueIn(stability.moved.angleDegrees.largest)).toBe(0);
    expect(valueIn(stability.neighbourOverlap)).toBe(1);
    expect(valueIn(stability.shareUntouched)).toBe(0);
  });

  it("alignment brings the rows no further apart in squares than they were, nor than any other turn does", () => {
    fc.assert(
      fc.property(anyTable, ({ rows, width, seed }) => {
        const before = normals(rows * width, seed);
        const after = perturbed(before, 0.5, seed + 1);
        const squares = (other: Float64Array): number =>
          before.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0);
        const { u, v } = singularValues(product(transposedRows(after, width), before, rows, width), width);
        const best = squares(product(after, product(u, transposed(v, width), width, width), width, width));
        expect(best).toBeLessThanOrEqual(squares(after) + 1e-9);
        for (let other = 0; other < 5; other++) {
          expect(best).toBeLessThanOrEqual(
            squares(product(after, turn(width, seed + other), width, width)) + 1e-9,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it("does not depend on the order of rows, nor on how both spaces are turned alike", () => {
    fc.assert(
      fc.property(anyTable, ({ rows, width, seed }) => {
        const before = normals(rows * width, seed);
        const after = perturbed(before, 0.3, seed + 1);
        const numbers = numbersOf(tableStability(matchedOf(width, before, after), ALL));
        const reversed = (vectors: Float64Array): Float64Array =>
          vectors.map((_, at) => vectors[(rows - 1 - Math.floor(at / width)) * width + (at % width)] ?? 0);
        const whole = turn(width, seed + 2);
        const both = matchedOf(
          width,
          product(before, whole, width, width),
          product(after, whole, width, width),
        );
        for (const other of [matchedOf(width, reversed(before), reversed(after)), both]) {
          numbersOf(tableStability(other, ALL)).forEach((value, at) => {
            expect(value).toBeCloseTo(numbers[at] ?? 0, 8);
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  it("leaves zero rows out of what they have no part in", () => {
    const before = Float64Array.of(0, 0, 1, 0, 0, 2, 3, 3);
    const after = Float64Array.of(1, 1, 0, 1, 0, 0, 3, 3);
    const { moved, shareUntouched } = tableStability(matchedOf(2, before, after), { ...ALL, k: 1 });
    expect(moved.relativeNorm.mean).toMatchObject({ rows: 3 });
    expect(moved.angleDegrees).toMatchObject({
      mean: { rows: 2 },
      largest: { value: 90 },
      median: { value: 0 },
    });
    expect(shareUntouched).toMatchObject({ value: 0.25, rows: 4 });
  });

  it("is refused where it is undefined", () => {
    const none = tableStability(matchedOf(3, new Float64Array(0), new Float64Array(0)), ALL);
    expect([none.shareUntouched, none.normGrowth, none.moved.relativeNorm.mean].map(reasonOf)).toEqual([
      ...["no-rows", "no-rows", "no-rows"],
    ]);
    expect(none.movedAfterAlignment).toMatchObject({ refused: "too-few-units" });
    expect(reasonOf(none.neighbourOverlap)).toBe("too-few-units");
    const zero = tableStability(matchedOf(2, new Float64Array(8), normals(8, 1)), ALL);
    expect(reasonOf(zero.normGrowth)).toBe("zero-denominator");
    const nan = tableStability(matchedOf(2, normals(20, 1), new Float64Array(20).fill(Number.NaN)), ALL);
    expect(nan.movedAfterAlignment).toMatchObject({ refused: "not-finite" });
    expect(reasonOf(nan.normGrowth)).toBe("not-finite");
  });
});

describe("the overlap of neighbours", () => {
  it("is that of a search through all rows, blocks or not", () => {
    fc.assert(
      fc.property(
        fc.record({ rows: fc.integer({ min: 5, max: 300 }), seed: fc.integer({ min: 1, max: 1e6 }) }),
        ({ rows, seed }) => {
          const width = 3;
          const before = normals(rows * width, seed);
          const after = perturbed(before, 1, seed + 1);
          let shared = 0;
          for (let query = 0; query < rows; query++) {
            const own = nearestOf(before, query, width, 4);
            shared += nearestOf(after, query, width, 4).filter((row) => own.includes(row)).length;
          }
          const found = neighbourOverlap(matchedOf(width, before, after), { k: 4, sample: rows, seed: 1 });
          expect(valueIn(found)).toBeCloseTo(shared / (4 * rows), 12);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("of a sample is the same for the same seed, and near that of all", () => {
    const before = normals(4000, 5);
    const after = perturbed(before, 0.4, 6);
    const matched = matchedOf(4, before, after);
    const sampled = (seed: number) => neighbourOverlap(matched, { k: 10, sample: 300, seed });
    expect(sampled(1)).toEqual(sampled(1));
    expect(sampled(1)).not.toEqual(sampled(2));
    const all = valueIn(neighbourOverlap(matched, { k: 10, sample: 1000, seed: 1 }));
    expect(Math.abs(valueIn(sampled(1)) - all)).toBeLessThan(0.05);
    expect(all).toBeGreaterThan(0.05);
    expect(all).toBeLessThan(0.95);
  });
});

function transposedRows(vectors: Float64Array, width: number): Float64Array {
  const rows = vectors.length / width;
  return vectors.map((_, at) => vectors[(at % rows) * width + Math.floor(at / rows)] ?? 0);
}

function nearestOf(vectors: Float64Array, query: number, width: number, k: number): number[] {
  const vector = (row: number): Float64Array => vectors.subarray(row * width, (row + 1) * width);
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const cosine = (row: number): number =>
    dot(vector(row), vector(query)) /
    Math.sqrt(dot(vector(row), vector(row)) * dot(vector(query), vector(query)));
  const rows = Array.from({ length: vectors.length / width }, (_, row) => row).filter((row) => row !== query);
  const cosines = new Map(rows.map((row) => [row, cosine(row)]));
  return rows.sort((a, b) => (cosines.get(b) ?? 0) - (cosines.get(a) ?? 0)).slice(0, k);
}
