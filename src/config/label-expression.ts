import jsep from "jsep";
import { UnbatchError } from "../core/errors.js";

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
  | { kind: "not" | "negative"; of: LabelExpression };

const MAX_LENGTH = 1000;
const MAX_DEPTH = 50;

/**
 * Parses a rule such as `rating >= 8` or `tips > 0.2 * fare`. `and`, `or`, `not` may be written in words; a column
 * whose name is not an identifier is written column("user-item affinity").
 * Errors: a syntax error, or anything but arithmetic, comparisons and logic over columns, numbers and texts.
 */
export function parseExpression(rule: string): LabelExpression {
  if (rule.length > MAX_LENGTH) throw badRule(rule.slice(0, 60), `a rule of ${rule.length} characters`);
  // Words become symbols of the same meaning; quoted texts are left alone.
  const symbols = rule.replace(/"[^"]*"|'[^']*'|\b(and|or|not)\b/g, (match, word: string | undefined) =>
    word === undefined ? match : ({ and: "&&", or: "||", not: "!" }[word] ?? match),
  );
  let tree: jsep.Expression;
  try {
    tree = jsep(symbols);
  } catch (error) {
    throw badRule(rule, error instanceof Error ? error.message : String(error));
  }
  return convert(tree as jsep.CoreExpression, rule, 0);
}

function convert(node: jsep.CoreExpression, rule: string, depth: number): LabelExpression {
  if (depth > MAX_DEPTH) throw badRule(rule, `nesting deeper than ${MAX_DEPTH}`);
  const inner = (child: jsep.Expression): LabelExpression =>
    convert(child as jsep.CoreExpression, rule, depth + 1);
  switch (node.type) {
    case "Identifier":
      return { kind: "column", name: node.name };
    case "Literal":
      return literal(node.value, rule);
    case "CallExpression":
      return namedColumn(node, rule);
    case "UnaryExpression": {
      if (node.operator === "!") return { kind: "not", of: inner(node.argument) };
      if (node.operator === "-") return { kind: "negative", of: inner(node.argument) };
      if (node.operator === "+") return inner(node.argument);
      throw badRule(rule, `operator ${node.operator}`);
    }
    case "BinaryExpression": {
      const operands = { left: inner(node.left), right: inner(node.right) };
      const { operator } = node;
      const isIn = <T extends string>(list: readonly T[], value: string): value is T =>
        (list as readonly string[]).includes(value);
      if (isIn(arithmetic, operator)) return { kind: "arithmetic", operator, ...operands };
      if (isIn(comparisons, operator)) return { kind: "comparison", operator, ...operands };
      if (isIn(logic, operator)) return { kind: "logic", operator, ...operands };
      throw badRule(rule, `operator ${operator}`);
    }
    default:
      throw badRule(rule, node.type);
  }
}

function literal(value: unknown, rule: string): LabelExpression {
  if (typeof value === "number") return { kind: "number", value };
  if (typeof value === "boolean") return { kind: "number", value: value ? 1 : 0 };
  if (typeof value === "string") return { kind: "text", value };
  throw badRule(rule, String(value));
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

export function badRule(rule: string, found: string): UnbatchError {
  return new UnbatchError({
    where: `label rule \`${rule}\``,
    found,
    expected: "arithmetic, comparisons and and/or/not over columns, such as rating >= 8 or tips > 0.2 * fare",
    next: 'correct log.label in unbatch.yaml; a column with an unusual name is written column("its name")',
  });
}
