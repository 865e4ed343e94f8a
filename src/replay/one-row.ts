import type { Column, ListColumn, LogDescription, LogSource, RowGroupColumns } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";

/** Where a row of a log lies. */
export interface RowPlace {
  file: string;
  rowGroup: number;
  rowOfFile: number;
}

/**
 * One row of a log, from 0 through its files in order, as a part of one row. Errors: a row that it does not have, a
 * missing column.
 */
export async function readRow(
  source: LogSource,
  row: number,
  columns: readonly string[],
): Promise<{ part: RowGroupColumns; place: RowPlace }> {
  const description = await source.describe();
  const { file, rowGroup, at } = placeOf(description, row);
  for await (const part of source.read(columns, { rowGroups: [{ file, rowGroup }] })) {
    const inside = at - part.firstRow;
    if (inside < 0 || inside >= part.rows) continue;
    const place = { file: description.files[file]?.path ?? "", rowGroup, rowOfFile: at };
    return { part: oneRow(part, inside), place };
  }
  throw new TypeError(`row ${row} was not read`);
}

function placeOf(
  { files, rows }: LogDescription,
  row: number,
): { file: number; rowGroup: number; at: number } {
  let before = 0;
  for (const [file, { rowGroups }] of files.entries()) {
    const start = before;
    for (const [rowGroup, group] of rowGroups.entries()) {
      if (row < before + group.rows) return { file, rowGroup, at: row - start };
      before += group.rows;
    }
  }
  throw new UnbatchError({
    where: files[0]?.path ?? "the log",
    found: `no row ${row}`,
    expected: `a row from 0 to ${rows - 1}, counted through the files in order`,
    next: "give another --explain-row",
  });
}

function oneRow(part: RowGroupColumns, row: number): RowGroupColumns {
  const lists = [...part.lists].map(([name, list]): [string, ListColumn] => {
    const [from, to] = [list.offsets[row] ?? 0, list.offsets[row + 1] ?? 0];
    return [
      name,
      { kind: "list", offsets: Int32Array.of(0, to - from), values: slice(list.values, from, to) },
    ];
  });
  const columns = [...part.columns].map(([name, column]): [string, Column] => [
    name,
    slice(column, row, row + 1),
  ]);
  return {
    ...part,
    firstRow: part.firstRow + row,
    rows: 1,
    columns: new Map(columns),
    lists: new Map(lists),
  };
}

/** With the texts of these rows alone: what others hold must not become new ids. */
function slice(column: Column, from: number, to: number): Column {
  if (column.kind === "number") {
    const values = column.values.slice(from, to);
    return {
      kind: "number",
      values,
      ...(column.nulls === undefined ? {} : { nulls: column.nulls.slice(from, to) }),
    };
  }
  const codes = column.codes.slice(from, to);
  const distinct = Array.from(codes, (code) => column.distinct[code] ?? "");
  return { kind: "text", distinct, codes: codes.map((code, at) => (code < 0 ? -1 : at)) };
}
