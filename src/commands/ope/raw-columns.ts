import type { Column, LogDescription, LogSource } from "../../core/column.js";
import { UnbatchError } from "../../core/errors.js";
import type { IdColumn, Ids } from "../../measure/ope/events.js";

/** A column of ids of the whole log, in reading order: each distinct value is looked up once a row group. */
class IdReader {
  readonly ids: Ids;
  readonly codes: Int32Array;

  constructor(rows: number, ids: Ids) {
    this.ids = ids;
    this.codes = new Int32Array(rows).fill(-1);
  }

  add(column: Column, rows: number, at: number): void {
    if (column.kind === "text") {
      const known = new Int32Array(column.distinct.length).fill(-1);
      for (let row = 0; row < rows; row++) {
        const index = column.codes[row] ?? -1;
        if (index < 0) continue;
        if (known[index] === -1) known[index] = this.ids.codeOf(column.distinct[index] ?? "");
        this.codes[at + row] = known[index] ?? -1;
      }
      return;
    }
    for (let row = 0; row < rows; row++) {
      const value = column.values[row] ?? Number.NaN;
      if (!Number.isNaN(value)) this.codes[at + row] = this.ids.codeOf(String(value));
    }
  }
}

/** What of a log is read beside times, labels and features: whole columns, in reading order. */
export interface RawColumns {
  ids: ReadonlyMap<string, IdColumn>;
  numbers: ReadonlyMap<string, Float64Array>;
}

/**
 * @param ids columns of ids, each with the numbers that its ids are given.
 * @param numbers columns of numbers; null is NaN.
 * Errors: see LogSource.read; a column of texts where numbers are wanted.
 */
export async function readRawColumns(
  source: LogSource,
  { rows }: LogDescription,
  ids: ReadonlyMap<string, Ids>,
  numbers: readonly string[],
): Promise<RawColumns> {
  const readers = new Map([...ids].map(([name, own]) => [name, new IdReader(rows, own)]));
  const values = new Map(numbers.map((name) => [name, new Float64Array(rows)]));
  let at = 0;
  for await (const block of source.read([...new Set([...readers.keys(), ...numbers])])) {
    for (const [name, reader] of readers) {
      const column = block.columns.get(name);
      if (column !== undefined) reader.add(column, block.rows, at);
    }
    for (const [name, into] of values) {
      const column = block.columns.get(name);
      if (column?.kind === "text") throw notNumbers(name, column.distinct[0]);
      if (column !== undefined) into.set(column.values.subarray(0, block.rows), at);
    }
    at += block.rows;
  }
  return {
    ids: new Map([...readers].map(([name, reader]) => [name, { ids: reader.ids.ids, codes: reader.codes }])),
    numbers: values,
  };
}

function notNumbers(name: string, example: string | undefined): UnbatchError {
  return new UnbatchError({
    found: `column ${JSON.stringify(name)} of texts, such as ${JSON.stringify(example ?? "")}`,
    expected: "a column of numbers: the probability with which the item was shown",
    next: "name another column as log.propensity, or --propensity",
  });
}
