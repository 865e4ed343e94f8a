import type { Column } from "../core/column.js";
import type { Precision } from "../core/model-spec.js";
import {
  type Arithmetic,
  badRule,
  type Comparison,
  type LabelExpression,
  parseExpression,
} from "./label-expression.js";

export interface LabelRule {
  rule: string;
  expression: LabelExpression;
  /** The columns it reads, each once. */
  columns: readonly string[];
}

/** The label of every event of a log that says nothing else of its positives. */
export const ALWAYS_POSITIVE: LabelRule = {
  rule: "1",
  expression: { kind: "number", value: 1 },
  columns: [],
};

/** Errors: see parseExpression; a rule without columns. */
export function parseLabelRule(rule: string): LabelRule {
  const expression = parseExpression(rule);
  const columns = new Set<string>();
  collectColumns(expression, columns);
  if (columns.size === 0) throw badRule(rule, "no column");
  return { rule, expression, columns: [...columns] };
}

/**
 * Labels of a block of rows: 0 or 1 of a comparison, the number itself of plain arithmetic. A row in which an operand
 * is null or NaN, or a text that is no number where one is needed, is undefined: NaN. With float32 every operand and result
 * is rounded, as arrays of that type would be. What a rule asks of its columns: label-texts.ts.
 */
export function evaluateLabelRule(
  { rule, expression }: LabelRule,
  columns: ReadonlyMap<string, Column>,
  rows: number,
  precision: Precision,
): Float64Array {
  return evaluate(expression, {
    rule,
    columns,
    rows,
    precision,
    round: precision === "float32" ? Math.fround : same,
  });
}

function same(value: number): number {
  return value;
}

interface Scope {
  rule: string;
  columns: ReadonlyMap<string, Column>;
  rows: number;
  precision: Precision;
  round: (value: number) => number;
}

/** One number a row; NaN where it is undefined. */
function evaluate(node: LabelExpression, scope: Scope): Float64Array {
  switch (node.kind) {
    case "number":
      return new Float64Array(scope.rows).fill(scope.round(node.value));
    case "text":
      // Parsing leaves texts beside columns alone, which textComparison answers.
      throw new TypeError(`label rule ${scope.rule}: a text read as a number`);
    case "column":
      return numbersOf(node.name, scope);
    case "negative":
      return evaluate(node.of, scope).map((value) => -value);
    case "not":
      return evaluate(node.of, scope).map((value) => (Number.isNaN(value) ? value : value === 0 ? 1 : 0));
    case "arithmetic": {
      const apply = arithmeticOf[node.operator];
      return combine(node, scope, (left, right) => scope.round(apply(left, right)));
    }
    case "logic": {
      const isAnd = node.operator === "&&";
      return combine(node, scope, (left, right) =>
        (isAnd ? left !== 0 && right !== 0 : left !== 0 || right !== 0) ? 1 : 0,
      );
    }
    case "comparison": {
      const text = textComparison(node, scope);
      if (text !== undefined) return text;
      const holds = comparisonOf[node.operator];
      return combine(node, scope, (left, right) => (holds(left, right) ? 1 : 0));
    }
  }
}

const arithmeticOf: Readonly<Record<Arithmetic, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};

const comparisonOf: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
};

function combine(
  node: { left: LabelExpression; right: LabelExpression },
  scope: Scope,
  apply: (left: number, right: number) => number,
): Float64Array {
  const left = evaluate(node.left, scope);
  const right = evaluate(node.right, scope);
  const combined = new Float64Array(left.length);
  for (let row = 0; row < combined.length; row++) {
    const value = left[row] ?? Number.NaN;
    const other = right[row] ?? Number.NaN;
    combined[row] = Number.isNaN(value) || Number.isNaN(other) ? Number.NaN : apply(value, other);
  }
  return combined;
}

function numbersOf(name: string, { columns, rows, precision, round }: Scope): Float64Array {
  const column = columns.get(name);
  if (column === undefined) throw new TypeError(`label rule reads ${name}, which was not read`);
  if (column.kind === "number") {
    const values = column.values.subarray(0, rows);
    return precision === "float64" ? values : Float64Array.from(Float32Array.from(values));
  }
  const numbers = column.distinct.map((text) => round(numberOf(text)));
  return Float64Array.from({ length: rows }, (_, row) => numbers[column.codes[row] ?? -1] ?? Number.NaN);
}

/** column == "text": decided once per distinct value. Undefined where neither side is a text. */
function textComparison(
  node: Extract<LabelExpression, { kind: "comparison" }>,
  { rule, columns, rows }: Scope,
): Float64Array | undefined {
  const compared = comparedText(node);
  if (compared === undefined) return undefined;
  const { text, column: name, operator } = compared;
  const column = columns.get(name);
  if (column?.kind !== "text") throw new TypeError(`label rule ${rule}: ${name} is not a column of texts`);
  const holds = column.distinct.map((value) => ((value === text) === (operator === "==") ? 1 : 0));
  return Float64Array.from({ length: rows }, (_, row) => holds[column.codes[row] ?? -1] ?? Number.NaN);
}

/** The text and the name of the column of `column == "text"`, either way round; undefined where neither side is a text. */
export function comparedText({
  operator,
  left,
  right,
}: Extract<LabelExpression, { kind: "comparison" }>):
  | { text: string; column: string; operator: Comparison }
  | undefined {
  const text = left.kind === "text" ? left : right;
  const other = text === left ? right : left;
  if (text.kind !== "text" || other.kind !== "column") return undefined;
  return { text: text.value, column: other.name, operator };
}

/** NaN where a text is blank or stands for no number. */
export function numberOf(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function collectColumns(node: LabelExpression, into: Set<string>): void {
  if (node.kind === "column") into.add(node.name);
  if ("of" in node) collectColumns(node.of, into);
  if ("left" in node) {
    collectColumns(node.left, into);
    collectColumns(node.right, into);
  }
}
