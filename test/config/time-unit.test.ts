import { describe, expect, it } from "vitest";
import { timeUnitOf, UNIT_MICROS } from "../../src/config/time-unit.js";

describe("the unit of a time column", () => {
  const at = 1_714_543_200; // 2024-05-01T06:00:00Z in seconds

  it.each([
    ["s", at],
    ["ms", at * 1e3],
    ["us", at * 1e6],
    ["ns", at * 1e9],
  ] as const)("%s is found by the size of the median", (unit, value) => {
    const found = timeUnitOf("integer", Float64Array.of(value, value + 1, value + 2));
    expect(found.unit).toBe(unit);
    expect(found.because).toContain(String(value + 1));
    expect(value * UNIT_MICROS[unit]).toBe(at * 1e6);
  });

  it("is not changed by one absurd value, by nulls, or by the order of rows", () => {
    expect(timeUnitOf("integer", Float64Array.of(1e18, at, Number.NaN, at + 5, 0)).unit).toBe("s");
    expect(timeUnitOf("float", Float64Array.of(Number.POSITIVE_INFINITY, Number.NaN, at * 1e3)).unit).toBe(
      "ms",
    );
  });

  it("leaves the values as they are", () => {
    const values = Float64Array.of(3, 1, 2);
    timeUnitOf("integer", values);
    expect([...values]).toEqual([3, 1, 2]);
  });

  it("is told by a type that says it, whatever the values", () => {
    expect(timeUnitOf("timestamp", Float64Array.of(at))).toEqual({
      unit: "us",
      because: "the column's type is a timestamp",
    });
    expect(timeUnitOf("text", Float64Array.of(at)).unit).toBe("us");
  });

  it("of an empty column is seconds, and nothing fails", () => {
    expect(timeUnitOf("integer", new Float64Array()).unit).toBe("s");
  });
});
