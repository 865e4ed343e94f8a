import type { LogSource } from "../../core/column.js";
import { checkedGolden, type GoldenNames, missingGoldenColumn } from "./golden.js";
import { anyColumnOf, type Logged, loggedAt, type ParityRows } from "./rows.js";

type Values = Logged[];

/** The first rows of a log, in file order, with the columns that the features read. */
export async function logRows(log: LogSource, needed: readonly string[], limit: number): Promise<ParityRows> {
  const { rows, values } = await firstRows(log, needed, limit);
  return {
    kind: "log",
    rows,
    columns: new Map([...values].map(([name, column]) => [name, anyColumnOf(column)])),
  };
}

/** Golden outputs in a Parquet file: the same columns as parseGolden, row by row. */
export async function goldenRows(
  log: LogSource,
  needed: readonly string[],
  names: GoldenNames,
  where: string,
): Promise<ParityRows> {
  const have = (await log.describe()).columns.map(({ name }) => name);
  const there = needed.map((column) => names.columns[column] ?? column);
  const encodedAs = Object.values(names.rows);
  for (const name of [...there, ...encodedAs, names.score])
    if (!have.includes(name)) throw missingGoldenColumn(where, name, have);
  const { rows, values } = await firstRows(
    log,
    [...new Set([...there, ...encodedAs, names.score])],
    Number.POSITIVE_INFINITY,
  );
  const columns = new Map(
    needed.map((column) => [column, anyColumnOf(values.get(names.columns[column] ?? column) ?? [])]),
  );
  const golden = Float64Array.from(values.get(names.score) ?? [], (score) =>
    typeof score === "number" ? score : Number.NaN,
  );
  const encoded = new Map(
    Object.entries(names.rows).map(([feature, name]) => [feature, anyColumnOf(values.get(name) ?? [])]),
  );
  return checkedGolden({ kind: "golden", rows, columns, golden, encoded }, names, where);
}

async function firstRows(
  log: LogSource,
  names: readonly string[],
  limit: number,
): Promise<{ rows: number; values: Map<string, Values> }> {
  const values = new Map(names.map((name): [string, Values] => [name, []]));
  let rows = 0;
  for await (const group of log.read(names)) {
    const take = Math.min(group.rows, limit - rows);
    for (const [name, into] of values) {
      const column = group.columns.get(name) ?? group.lists.get(name);
      for (let row = 0; row < take; row++) into.push(loggedAt(column, row));
    }
    rows += take;
    if (rows >= limit) break;
  }
  return { rows, values };
}
