import type {
  Column,
  ColumnDescription,
  ColumnType,
  ListColumn,
  LogSource,
  RowGroupColumns,
} from "../../src/core/column.js";

export type Cell = string | number | null;

/** One column of a log in memory: its type as a schema would have it, and a value a row. */
export interface Cells {
  type: ColumnType;
  /** Of a column of lists, a list a row. */
  cells: readonly (Cell | readonly Cell[])[];
}

/** A log of these columns, each file a list of row groups' sizes; files are called a.parquet, b.parquet ... */
export function memoryLog(
  columns: Readonly<Record<string, Cells>>,
  files: readonly (readonly number[])[] = [[lengthOf(columns)]],
): LogSource {
  const rows = files.flat().reduce((sum, size) => sum + size, 0);
  if (rows !== lengthOf(columns)) throw new Error(`${rows} rows in row groups of ${lengthOf(columns)}`);
  const described = Object.entries(columns).map(
    ([name, { type }]): ColumnDescription => ({ name, type, physicalType: type.toUpperCase() }),
  );
  return {
    async describe() {
      return {
        files: files.map((groups, index) => ({
          path: `${String.fromCharCode(97 + index)}.parquet`,
          bytes: 1,
          rows: groups.reduce((sum, size) => sum + size, 0),
          rowGroups: groups.map((size) => ({ rows: size, bytes: 1 })),
          createdBy: "test",
          partition: {},
        })),
        columns: described,
        rows,
      };
    },
    async *read(names, { rowGroups, rowsAtOnce = rows } = {}) {
      if (rowGroups !== undefined) {
        for (const wanted of rowGroups)
          for await (const part of this.read(names, { rowsAtOnce }))
            if (part.file === wanted.file && part.rowGroup === wanted.rowGroup) yield part;
        return;
      }
      let at = 0;
      for (const [file, groups] of files.entries()) {
        let firstRow = 0;
        for (const [rowGroup, size] of groups.entries()) {
          for (let from = 0; from < size; from += rowsAtOnce) {
            const length = Math.min(rowsAtOnce, size - from);
            const read = names.map((name): [string, Column | ListColumn] => {
              const { type, cells } = columns[name] ?? { type: "text", cells: [] };
              return [name, columnOf(type, cells.slice(at, at + length))];
            });
            const lists = read.flatMap(([name, column]) =>
              column.kind === "list" ? [[name, column] as const] : [],
            );
            const flat = read.flatMap(([name, column]) =>
              column.kind === "list" ? [] : [[name, column] as const],
            );
            yield {
              file,
              rowGroup,
              firstRow,
              rows: length,
              bytes: from === 0 ? size : 0,
              columns: new Map(flat),
              lists: new Map(lists),
            } satisfies RowGroupColumns;
            firstRow += length;
            at += length;
          }
        }
      }
    },
  };
}

function lengthOf(columns: Readonly<Record<string, Cells>>): number {
  return Math.max(0, ...Object.values(columns).map(({ cells }) => cells.length));
}

/** As the reader hands a row group over: integers beyond 2^53 make its column one of texts. */
function columnOf(type: ColumnType, cells: readonly (Cell | readonly Cell[])[]): Column | ListColumn {
  const element = /^list of (.*)$/.exec(type)?.[1];
  if (element === undefined) return flatColumn(type, cells as readonly Cell[]);
  const lists = cells as readonly (readonly Cell[] | null)[];
  const offsets = Int32Array.from({ length: lists.length + 1 }, (_, row) =>
    lists.slice(0, row).reduce((sum, list) => sum + (list?.length ?? 0), 0),
  );
  return {
    kind: "list",
    offsets,
    values: flatColumn(
      element as ColumnType,
      lists.flatMap((list) => list ?? []),
    ),
    nulls: Uint8Array.from(lists, (list) => (list === null ? 1 : 0)),
  };
}

function flatColumn(type: ColumnType, cells: readonly Cell[]): Column {
  const isText = type === "text" || cells.some((cell) => typeof cell === "string");
  if (!isText) {
    return {
      kind: "number",
      values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
    };
  }
  const texts = cells.map((cell) => (cell === null ? null : String(cell)));
  const distinct = [...new Set(texts.filter((text) => text !== null))];
  return {
    kind: "text",
    distinct,
    codes: Int32Array.from(texts, (text) => (text === null ? -1 : distinct.indexOf(text))),
  };
}
