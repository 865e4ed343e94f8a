import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LabelExpression, parseExpression } from "../../src/config/label-expression.js";
import { evaluateLabelRule } from "../../src/config/label-rule.js";
import type { Column } from "../../src/core/column.js";

type Row = Readonly<Record<string, number | null>>;

/** A second reading of a tree: one row at a time, by recursion, null for undefined. */
function evaluateRow(node: LabelExpression, row: Row, round: (value: number) => number): number | null {
  const of = (inner: LabelExpression): number | null => evaluateRow(inner, row, round);
  if (node.kind === "number") return round(node.value);
  if (node.kind === "text") throw new Error("no texts here");
  if (node.kind === "column") {
    const value = row[node.name] ?? null;
    return value === null ? null : round(value);
  }
  if (node.kind === "negative" || node.kind === "not") {
    const value = of(node.of);
    if (value === null) return null;
    return node.kind === "negative" ? -value : value === 0 ? 1 : 0;
  }
  const [a, b] = [of(node.left), of(node.right)];
  if (a === null || b === null) return null;
  if (node.kind === "logic") return Number(node.operator === "&&" ? a !== 0 && b !== 0 : a !== 0 || b !== 0);
  if (node.kind === "arithmetic") {
    const results = { "+": a + b, "-": a - b, "*": a * b, "/": a / b };
    const result = round(results[node.operator]);
    return Number.isNaN(result) ? null : result;
  }
  const holds = { "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a === b, "!=": a !== b };
  return Number(holds[node.operator]);
}

/** How tightly each kind holds; the printer sets only the parentheses that are needed, in words or symbols. */
const TIGHTNESS = {
  "||": 1,
  "&&": 2,
  not: 3,
  "==": 4,
  "!=": 4,
  "<": 5,
  "<=": 5,
  ">": 5,
  ">=": 5,
  "+": 6,
  "-": 6,
  "*": 7,
  "/": 7,
};

function print(node: LabelExpression, words: boolean): string {
  const inside = (inner: LabelExpression, least: number): string => {
    const text = print(inner, words);
    return tightnessOf(inner) < least ? `(${text})` : text;
  };
  if (node.kind === "column") return node.name === "odd name" ? `column("odd name")` : node.name;
  if (node.kind === "number") return String(node.value);
  if (node.kind === "text") throw new Error("no texts here");
  if (node.kind === "not") return `${words ? "not " : "!"}${inside(node.of, TIGHTNESS.not)}`;
  if (node.kind === "negative") return `-${inside(node.of, 9)}`;
  const own = TIGHTNESS[node.operator];
  const spelt = words
    ? ({ "&&": "and", "||": "or" }[node.operator as string] ?? node.operator)
    : node.operator;
  return `${inside(node.left, own)} ${spelt} ${inside(node.right, own + 1)}`;
}

function tightnessOf(node: LabelExpression): number {
  if (node.kind === "not") return TIGHTNESS.not;
  if (node.kind === "negative") return 8;
  return "operator" in node ? TIGHTNESS[node.operator] : 9;
}

const names = ["a", "b", "odd name"] as const;
const { tree } = fc.letrec<{ tree: LabelExpression; leaf: LabelExpression; number: LabelExpression }>(
  (tie) => ({
    leaf: fc.oneof(
      fc.constantFrom(...names).map((name): LabelExpression => ({ kind: "column", name })),
      fc.constantFrom(0, 0.1, 0.2, 1, 3, 8).map((value): LabelExpression => ({ kind: "number", value })),
    ),
    number: fc.oneof(
      { maxDepth: 3 },
      tie("leaf"),
      tie("leaf").map((of): LabelExpression => ({ kind: "negative", of })),
      fc
        .tuple(fc.constantFrom("+", "-", "*", "/"), tie("number"), tie("number"))
        .map(([operator, left, right]): LabelExpression => ({ kind: "arithmetic", operator, left, right })),
    ),
    tree: fc.oneof(
      { maxDepth: 4 },
      fc
        .tuple(fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("number"), tie("number"))
        .map(([operator, left, right]): LabelExpression => ({ kind: "comparison", operator, left, right })),
      tie("tree").map((of): LabelExpression => ({ kind: "not", of })),
      fc
        .tuple(fc.constantFrom("&&", "||"), tie("tree"), tie("tree"))
        .map(([operator, left, right]): LabelExpression => ({ kind: "logic", operator, left, right })),
    ),
  }),
);

const value = fc.oneof(
  fc.constant(null),
  fc.constantFrom(0, 0.1, 1, 2.5, 8, -3),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);

describe("a rule as a tree", () => {
  it("is what was printed, with no parentheses but the needed ones, in words and in symbols", () => {
    let seen = 0;
    fc.assert(
      fc.property(tree, fc.boolean(), (expression, words) => {
        const text = print(expression, words);
        fc.pre(text.length <= 900);
        expect(parseExpression(text)).toEqual(expression);
        seen += 1;
      }),
      { numRuns: 500 },
    );
    expect(seen).toBe(500);
  });

  it("evaluates as an independent reading of one row at a time does, at both precisions", () => {
    let undefinedRows = 0;
    let ones = 0;
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom("float32" as const, "float64" as const),
        fc.array(fc.record({ a: value, b: value, "odd name": value }), { minLength: 1, maxLength: 8 }),
        (expression, precision, rows) => {
          const columns = new Map(
            names.map((name): [string, Column] => [
              name,
              { kind: "number", values: Float64Array.from(rows, (row) => row[name] ?? Number.NaN) },
            ]),
          );
          const rule = { rule: "made", expression, columns: names };
          const found = evaluateLabelRule(rule, columns, rows.length, precision);
          const round = precision === "float32" ? Math.fround : (x: number) => x;
          rows.forEach((row, index) => {
            const expected = evaluateRow(expression, row, round);
            expect(found[index]).toBe(expected ?? Number.NaN);
            if (expected === null) undefinedRows += 1;
            if (expected === 1) ones += 1;
          });
        },
      ),
      { numRuns: 500 },
    );
    expect(undefinedRows).toBeGreaterThan(50);
    expect(ones).toBeGreaterThan(50);
  });
});
