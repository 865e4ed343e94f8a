import { type Column, type ColumnDescription, isList } from "../core/column.js";
import { badRule, type Comparison, type LabelExpression } from "./label-expression.js";
import { comparedText, type LabelRule, numberOf } from "./label-rule.js";

/** How a rule uses its columns. */
interface Uses {
  besideText: { column: string; text: string; operator: Comparison }[];
  asNumbers: Set<string>;
}

/**
 * Holds a rule to the types of the log's columns, before any row is read.
 * Errors: a column of lists; one that is not of texts compared with a text.
 */
export function checkTextColumns(
  { rule, expression }: LabelRule,
  columns: readonly ColumnDescription[],
): void {
  const uses = usesOf(expression);
  for (const { name, type } of columns) {
    const isUsed = uses.asNumbers.has(name) || uses.besideText.some(({ column }) => column === name);
    if (isUsed && isList(type))
      throw badRule(rule, `column ${name}, a ${type}`, "columns of one value a row");
  }
  for (const { column, text, operator } of uses.besideText) {
    const found = columns.find(({ name }) => name === column);
    if (found === undefined || found.type === "text") continue;
    throw badRule(
      rule,
      `column ${column} of type ${found.type} compared with the text ${JSON.stringify(text)}`,
      `a number: ${column} ${operator} 1`,
    );
  }
}

/**
 * Texts that a rule reads as numbers. One odd text among numbers is its row's alone; whether any is a number is asked of
 * the whole log, so that the answer does not depend on how it was cut into files and row groups.
 */
export class NumberTexts {
  readonly #rule: string;
  /** By column: a text that is no number, and whether any is one. */
  readonly #seen: ReadonlyMap<string, { example: string | undefined; hasNumber: boolean }>;

  constructor({ rule, expression }: LabelRule) {
    this.#rule = rule;
    this.#seen = new Map(
      [...usesOf(expression).asNumbers].map((name) => [name, { example: undefined, hasNumber: false }]),
    );
  }

  add(columns: ReadonlyMap<string, Column>): void {
    for (const [name, seen] of this.#seen) {
      const column = columns.get(name);
      if (seen.hasNumber || column?.kind !== "text") continue;
      seen.hasNumber = column.distinct.some((text) => !Number.isNaN(numberOf(text)));
      // Blanks and NaN are missing values.
      seen.example ??= column.distinct.find((text) => !/^\s*(nan)?\s*$/i.test(text))?.slice(0, 40);
    }
  }

  /** Error: a column of texts of which none is a number. */
  finish(): void {
    for (const [name, { example, hasNumber }] of this.#seen) {
      if (hasNumber || example === undefined) continue;
      throw badRule(
        this.#rule,
        `column ${name} of texts, such as ${JSON.stringify(example)}, read as numbers`,
        `a column of numbers, or a comparison with a text: ${name} == ${JSON.stringify(example)}`,
      );
    }
  }
}

function usesOf(expression: LabelExpression): Uses {
  const uses: Uses = { besideText: [], asNumbers: new Set() };
  collectUses(expression, uses);
  return uses;
}

function collectUses(node: LabelExpression, into: Uses): void {
  const compared = node.kind === "comparison" ? comparedText(node) : undefined;
  if (compared !== undefined) {
    into.besideText.push(compared);
    return;
  }
  if (node.kind === "column") into.asNumbers.add(node.name);
  if ("of" in node) collectUses(node.of, into);
  if ("left" in node) {
    collectUses(node.left, into);
    collectUses(node.right, into);
  }
}
