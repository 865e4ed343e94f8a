import type { LogConfig } from "../../config/config.js";
import { evaluateLabelRule } from "../../config/label-rule.js";
import type { Column, ListColumn, LogSource, NumberColumn, RowGroupColumns } from "../../core/column.js";
import type { Progress } from "../../core/progress.js";
import { ColumnTally } from "../../measure/drift/column-tally.js";
import type { Observed } from "../../measure/drift/observed.js";
import { splitTexts } from "../../model/encoders/split-texts.js";
import { anyColumnOf, columnOf } from "../../replay/block-columns.js";
import { type Compared, columnsOf, keyOf } from "./compared.js";

type Readable = Exclude<Compared, { refused: unknown }>;

/**
 * Reads a log once: what is compared, by keyOf, of each part.
 * @param partOfRow of each row of the log its part, or -1; absent: one part.
 */
export async function observe(
  source: LogSource,
  compared: readonly Compared[],
  {
    log,
    parts,
    partOfRow,
    progress,
  }: {
    log: LogConfig | undefined;
    parts: number;
    partOfRow?: Int32Array;
    progress: Progress;
  },
): Promise<Map<string, Observed[]>> {
  const readable = compared.filter((one): one is Readable => !("refused" in one));
  const tallies = readable.map((one) => ({ one, tally: new ColumnTally(parts) }));
  let at = 0;
  for await (const block of source.read(columnsOf(compared))) {
    const ofRows = partOfRow?.subarray(at, at + block.rows);
    for (const { one, tally } of tallies) {
      const column = one.role === "feature" ? valuesOf(block, one) : labelColumn(block, one, log);
      if (column.kind === "list") tally.addLists(column, block.rows, ofRows);
      else tally.add(column, block.rows, ofRows);
    }
    at += block.rows;
    progress.advance(block.rows);
  }
  return new Map(
    tallies.map(({ one, tally }) => [
      keyOf(one),
      one.role === "feature" ? tally.finish(one.kind) : tally.finish("numeric"),
    ]),
  );
}

function valuesOf(
  block: RowGroupColumns,
  { column: name, split }: Extract<Readable, { role: "feature" }>,
): Column | ListColumn {
  const column = anyColumnOf(block, name);
  return column.kind === "text" && split !== undefined ? splitTexts(column, block.rows, split) : column;
}

/** Labels as a column of numbers: NaN where the rule meets a null, or where the label is not known yet. */
function labelColumn(
  block: RowGroupColumns,
  { rule, knownColumn }: Extract<Readable, { role: "label" }>,
  log: LogConfig | undefined,
): NumberColumn {
  const { precision = "float64", missing = "reject" } = log?.label ?? {};
  const labels = evaluateLabelRule(rule, block.columns, block.rows, precision);
  const known = knownColumn === undefined ? undefined : columnOf(block, knownColumn);
  const values = labels.map((label, row) => {
    const isKnown =
      known === undefined ||
      (known.kind === "number" ? !Number.isNaN(known.values[row]) : (known.codes[row] ?? -1) >= 0);
    if (!isKnown) return Number.NaN;
    if (!Number.isNaN(label)) return label;
    return missing === "reject" ? Number.NaN : missing;
  });
  return { kind: "number", values };
}

/** Labels of 0 and 1 alone, in all parts, are two categories; others are numbers. */
export function labelsAsObserved(parts: readonly Observed[]): Observed[] {
  const isBinary = parts.every(
    (part) => part.kind === "numeric" && part.values.values.every((value) => value === 0 || value === 1),
  );
  if (!isBinary) return [...parts];
  return parts.map((part) => {
    if (part.kind !== "numeric") return part;
    const { values, weights } = part.values;
    const counts = new Map(Array.from(values, (value, at) => [String(value), weights[at] ?? 0]));
    return { kind: "categorical", counts, missing: part.missing };
  });
}
