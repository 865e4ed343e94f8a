import { describe, expect, it } from "vitest";
import { type FoundUnit, UNIT_MICROS, UnitTally, unitOfType } from "../../src/config/time-unit.js";

function unitOf(...values: number[]): FoundUnit {
  const tally = new UnitTally();
  tally.add(Float64Array.from(values));
  return tally.finish();
}

describe("the unit of a time column", () => {
  const at = 1_714_543_200; // 2024-05-01T06:00:00Z in seconds

  it.each([
    ["s", at],
    ["ms", at * 1e3],
    ["us", at * 1e6],
    ["ns", at * 1e9],
  ] as const)("%s is found by the size of the median", (unit, value) => {
    const found = unitOf(value, value + 1, value + 2);
    expect(found.unit).toBe(unit);
    expect(found.because).toMatch(/^the median value is \d/);
    expect(value * UNIT_MICROS[unit]).toBe(at * 1e6);
  });

  it("is not changed by one absurd value, by nulls, or by the order of rows", () => {
    expect(unitOf(1e18, at, Number.NaN, at + 5, 0).unit).toBe("s");
    expect(unitOf(Number.POSITIVE_INFINITY, Number.NaN, at * 1e3).unit).toBe("ms");
  });

  it("does not depend on how many values come at once", () => {
    const values = [at, at * 1e3, at * 1e3, 3, 1e18, at * 1e3];
    const one = new UnitTally();
    for (const value of values) one.add(Float64Array.of(value));
    expect(one.finish()).toEqual(unitOf(...values));
    expect(one.finish().unit).toBe("ms");
  });

  it("is told by a type that says it", () => {
    expect(unitOfType("timestamp")).toEqual({ unit: "us", because: "the column's type is a timestamp" });
    expect(unitOfType("text")?.unit).toBe("us");
    expect(unitOfType("integer")).toBeUndefined();
  });

  it("of an empty column is seconds, and nothing fails", () => {
    expect(unitOf().unit).toBe("s");
  });
});
