import jsep from "jsep";
import { UnbatchError } from "../core/errors.js";
import { wordsToSymbols } from "./label-words.js";

const arithmetic = ["+", "-", "*", "/"] as const;
const comparisons = ["<", "<=", ">", ">=", "==", "!="] as const;
const logic = ["&&", "||"] as const;

export type Arithmetic = (typeof arithmetic)[number];
export type Comparison = (typeof comparisons)[number];
export type Logic = (typeof logic)[number];

/** A label rule as a tree with a closed set of nodes: nothing in it can be called or run. */
export type LabelExpression =
  | { kind: "column"; name: string }
  | { kind: "number"; value: number }
  | { kind: "text"; value: string }
  | { kind: "arithmetic"; operator: Arithmetic; left: LabelExpression; right: LabelExpression }
  | { kind: "comparison"; operator: Comparison; left: LabelExpression; right: LabelExpression }
  | { kind: "logic"; operator: Logic; left: LabelExpression; right: LabelExpression }
  | { kind: "not"; of: LabelExpression }
  | { kind: "negative"; of: LabelExpression };

const MAX_LENGTH = 1000;
const MAX_DEPTH = 50;

/**
 * Parses a rule such as `rating >= 8` or `tips > 0.2 * fare`. `and`, `or`, `not` may be written in words; a column
 * whose name is not an identifier is written column("user-item affinity"). From loosest to tightest: or; and; not;
 * == !=; < <= > >=; + -; * /; a minus sign.
 * Errors: a syntax error; anything but arithmetic, comparisons and logic over columns, numbers and texts; a chain of
 * comparisons; a text that is not beside == or != and a column.
 */
export function parseExpression(rule: string): LabelExpression {
  if (rule.length > MAX_LENGTH) throw badRule(rule.slice(0, 60), `a rule of ${rule.length} characters`);
  if (nestingOf(rule) > MAX_DEPTH) throw badRule(rule, `nesting deeper than ${MAX_DEPTH}`);
  let tree: jsep.Expression;
  try {
    tree = jsep(wordsToSymbols(rule));
  } catch (error) {
    // The parser's position is one of the rewritten rule, so it is left out.
    const message = error instanceof Error ? error.message : String(error);
    throw badRule(rule, `no expression: ${message.replace(/ at character \d+$/, "")}`);
  }
  const expression = convert(tree as jsep.CoreExpression, rule, 0);
  if (expression.kind === "text") throw badRule(rule, textOutOfPlace(expression.value));
  return expression;
}

/** How deep parentheses stand inside each other; asked before the parser, which recurses. */
function nestingOf(rule: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of rule) {
    depth = character === "(" ? depth + 1 : character === ")" ? depth - 1 : depth;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function convert(node: jsep.CoreExpression, rule: string, depth: number): LabelExpression {
  if (depth > MAX_DEPTH) throw badRule(rule, `nesting deeper than ${MAX_DEPTH}`);
  const inner = (child: jsep.Expression): LabelExpression =>
    convert(child as jsep.CoreExpression, rule, depth + 1);
  const value = (child: jsep.Expression): LabelExpression => {
    const expression = inner(child);
    if (expression.kind === "text") throw badRule(rule, textOutOfPlace(expression.value));
    return expression;
  };
  switch (node.type) {
    case "Identifier":
      return { kind: "column", name: node.name };
    case "Literal":
      return literal(node.value, rule);
    case "CallExpression":
      return namedColumn(node, rule);
    case "UnaryExpression": {
      if (node.operator === "!") return { kind: "not", of: value(node.argument) };
      if (node.operator === "-") return { kind: "negative", of: value(node.argument) };
      if (node.operator === "+") return value(node.argument);
      throw badRule(rule, `operator ${node.operator}`);
    }
    case "BinaryExpression": {
      const { operator } = node;
      if (isIn(comparisons, operator)) return comparison(operator, inner(node.left), inner(node.right), rule);
      const operands = { left: value(node.left), right: value(node.right) };
      if (isIn(arithmetic, operator)) return { kind: "arithmetic", operator, ...operands };
      if (isIn(logic, operator)) return { kind: "logic", operator, ...operands };
      throw badRule(rule, `operator ${operator}`);
    }
    default:
      throw badRule(rule, refusedNodes[node.type] ?? node.type);
  }
}

/** Parts of the parser's language that a rule has not, in words. */
const refusedNodes: Readonly<Record<string, string>> = {
  MemberExpression: "a member of something (a.b or a[b])",
  ArrayExpression: "a list",
  ConditionalExpression: "a ? b : c",
  ThisExpression: "this",
  SequenceExpression: "a comma",
  Compound: "two expressions side by side, or none (and, or, not are written in small letters)",
};

function isIn<T extends string>(list: readonly T[], value: string): value is T {
  return (list as readonly string[]).includes(value);
}

function comparison(
  operator: Comparison,
  left: LabelExpression,
  right: LabelExpression,
  rule: string,
): LabelExpression {
  if (left.kind === "comparison" || right.kind === "comparison") {
    throw badRule(
      rule,
      "a comparison of a comparison",
      "two comparisons joined: 1 < a and a < 3, not 1 < a < 3",
    );
  }
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (side.kind === "text" && (other.kind !== "column" || (operator !== "==" && operator !== "!=")))
      throw badRule(rule, textOutOfPlace(side.value));
  }
  return { kind: "comparison", operator, left, right };
}

function textOutOfPlace(text: string): string {
  return `the text ${JSON.stringify(text)} where it is not compared with a column by == or !=`;
}

function literal(value: unknown, rule: string): LabelExpression {
  if (typeof value === "number") return { kind: "number", value };
  if (typeof value === "boolean") return { kind: "number", value: value ? 1 : 0 };
  if (typeof value === "string") return { kind: "text", value };
  throw badRule(rule, `${String(value)} (a row with a null is governed by log.label.missing)`);
}

function namedColumn(node: jsep.CallExpression, rule: string): LabelExpression {
  const [argument] = node.arguments as jsep.CoreExpression[];
  const isColumn = node.callee.type === "Identifier" && node.callee["name"] === "column";
  if (
    isColumn &&
    node.arguments.length === 1 &&
    argument?.type === "Literal" &&
    typeof argument.value === "string"
  ) {
    return { kind: "column", name: argument.value };
  }
  throw badRule(rule, "a call (nothing is evaluated in a rule)");
}

const RULE_LANGUAGE =
  "arithmetic, comparisons and and/or/not over columns, such as rating >= 8 or tips > 0.2 * fare";

export function badRule(rule: string, found: string, expected: string = RULE_LANGUAGE): UnbatchError {
  return new UnbatchError({
    where: `label rule \`${rule}\``,
    found,
    expected,
    next: 'correct log.label in unbatch.yaml; a column with an unusual name is written column("its name")',
  });
}
