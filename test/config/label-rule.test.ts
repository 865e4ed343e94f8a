import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateLabelRule, parseLabelRule } from "../../src/config/label-rule.js";
import type { Column } from "../../src/core/column.js";

const numbers = (values: readonly (number | null)[]): Column => ({
  kind: "number",
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
});
const texts = (values: readonly (string | null)[]): Column => {
  const distinct = [...new Set(values.filter((value) => value !== null))];
  return {
    kind: "text",
    distinct,
    codes: Int32Array.from(values, (value) => (value === null ? -1 : distinct.indexOf(value))),
  };
};

function labels(
  rule: string,
  columns: Record<string, Column>,
  rows: number,
  precision: "float32" | "float64" = "float64",
) {
  const values = evaluateLabelRule(parseLabelRule(rule), new Map(Object.entries(columns)), rows, precision);
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value));
}

describe("label rules", () => {
  it("compare, calculate and combine as written", () => {
    const columns = { a: numbers([1, 5, 9]), "b c": numbers([2, 5, 1]), e: texts(["buy", "view", "buy"]) };
    expect(labels("a >= 5", columns, 3)).toEqual([0, 1, 1]);
    expect(labels("a", columns, 3)).toEqual([1, 5, 9]);
    expect(labels('a - 1 > 2 * column("b c")', columns, 3)).toEqual([0, 0, 1]);
    expect(labels('e == "buy" and not (a > 5)', columns, 3)).toEqual([1, 0, 0]);
    expect(labels("a < 2 or a > 8", columns, 3)).toEqual([1, 0, 1]);
    expect(labels('e != "buy"', columns, 3)).toEqual([0, 1, 0]);
    expect(labels("-a < -4", columns, 3)).toEqual([0, 1, 1]);
    expect(labels("not a >= 5", columns, 3)).toEqual([1, 0, 0]);
  });

  it("agree with plain JavaScript on random rules", () => {
    const leaf = fc.oneof(
      fc.constantFrom("a", "b"),
      fc.integer({ min: -20, max: 20 }).map((value) => (value < 0 ? `(${value})` : String(value))),
    );
    const sum = fc.tuple(leaf, fc.constantFrom("+", "-", "*"), leaf).map((parts) => `(${parts.join(" ")})`);
    const test = fc
      .tuple(sum, fc.constantFrom("<", "<=", ">", ">=", "==", "!="), sum)
      .map((parts) => `(${parts.join(" ")})`);
    const rule = fc
      .tuple(test, fc.constantFrom("&&", "||"), test, fc.boolean())
      .map(([left, operator, right, negated]) =>
        negated ? `!(${left} ${operator} ${right})` : `${left} ${operator} ${right}`,
      );
    let seen = 0;
    fc.assert(
      fc.property(rule, fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (text, a, b) => {
        fc.pre(/[ab]/.test(text));
        const expected = new Function("a", "b", `return (${text}) ? 1 : 0`)(a, b) as number;
        expect(labels(text, { a: numbers([a]), b: numbers([b]) }, 1)).toEqual([expected]);
        seen += 1;
      }),
      { numRuns: 300 },
    );
    expect(seen).toBe(300);
  });

  it("round as float32 arrays do, when told", () => {
    // The fare at which 0.2 * fare in float64 is a hair above the tip, and in float32 it is not.
    const fares = Array.from({ length: 400 }, (_, row) => 3 + row / 4);
    const tips = fares.map((fare) => Math.fround(0.2) * Math.fround(fare));
    const columns = { tips: numbers(tips), fare: numbers(fares) };
    const wide = labels("tips > 0.2 * fare", columns, fares.length);
    const narrow = labels("tips > 0.2 * fare", columns, fares.length, "float32");
    const f = Math.fround;
    expect(narrow).toEqual(fares.map((fare, row) => (f(tips[row] ?? 0) > f(f(0.2) * f(fare)) ? 1 : 0)));
    expect(wide).not.toEqual(narrow);
  });

  it("read texts that stand for numbers; one that does not is that row's alone", () => {
    expect(labels("e > 3", { e: texts(["5", "1", "n/a", null, " "]) }, 5)).toEqual([1, 0, null, null, null]);
    expect(labels("e > 3", { e: texts([null, "", "NaN"]) }, 3)).toEqual([null, null, null]);
  });

  it("let `not` reach to the next and, or, parenthesis, or end", () => {
    const columns = { a: numbers([1, 5, 9]), b: numbers([0, 1, 1]) };
    const same: [string, string][] = [
      ["not a >= 5 and b", "(not (a >= 5)) and b"],
      ["b or not a >= 5", "b or (not (a >= 5))"],
      ["not not a >= 5", "a >= 5"],
      ["not a + 1 >= 5 or b", "(not ((a + 1) >= 5)) or b"],
      ["!a >= 5", "not (a >= 5)"],
      ["!(a >= 5) && b", "(a < 5) and b"],
      ["not (a >= 5 or b) and b", "(a < 5) and (b == 0) and b"],
    ];
    for (const [rule, meant] of same) {
      expect(labels(rule, columns, 3), rule).toEqual(labels(meant, columns, 3));
    }
    expect(labels("(not a >= 5) == b", columns, 3)).toEqual([0, 0, 0]);
    expect(labels("not (a >= 5 or b)", columns, 3)).toEqual([1, 0, 0]);
  });

  it("leave words inside texts, names and numbers alone", () => {
    const columns = { nota: numbers([1]), "x and y": numbers([1]), e: texts(["not or"]), or_: numbers([0]) };
    expect(labels("nota and not or_", columns, 1)).toEqual([1]);
    expect(labels("column('x and y') == 1 and e == \"not or\"", columns, 1)).toEqual([1]);
    expect(labels("nota > 1e-3 and nota < .5e1", columns, 1)).toEqual([1]);
  });

  it("are undefined where an operand is null", () => {
    expect(labels("a > 1 or b > 1", { a: numbers([5, null]), b: numbers([5, 5]) }, 2)).toEqual([1, null]);
    expect(labels('e == "x"', { e: texts(["x", null]) }, 2)).toEqual([1, null]);
  });

  it.each([
    ["clicked.length", "a member of something"],
    ["process()", "a call"],
    ["a = 1", "label rule"],
    ["a ? 1 : 0", "a ? b : c"],
    ["1 < a < 3", "a comparison of a comparison"],
    ["a == b == 1", "a comparison of a comparison"],
    ["a == 'x' + 1", 'the text "x"'],
    ["a and 'x'", 'the text "x"'],
    ["not 'x'", 'the text "x"'],
    ["'x' == 'y'", 'the text "x"'],
    ["a['b'] > 1", "a member of something"],
    ["column(a)", "a call"],
    ["column('a', 'b')", "a call"],
    ["a == null", "null"],
    ["a; b", "two expressions side by side"],
    ["a AND b", "small letters"],
    ["a += 1", "label rule"],
    ["a ** 2", "operator **"],
    ["a ?? b", "operator ??"],
    ["[a]", "a list"],
    ["this", "this"],
    ["`a`", "label rule"],
    ["a".repeat(1001), "1001 characters"],
    ["a < 'x'", 'the text "x"'],
    ["'x'", "the text"],
    ["1 > 2", "no column"],
    ["a >=", "label rule"],
    [`${"(".repeat(60)}a${")".repeat(60)} + ${"-".repeat(0)}${"!".repeat(60)}a`, "nesting"],
  ])("refuse %s", (rule, found) => {
    expect(() => parseLabelRule(rule)).toThrow(found);
  });
});
