import {
  type Column,
  type FileDescription,
  type LogDescription,
  type LogSource,
  type ReadOptions,
  ROWS_AT_ONCE,
  type RowGroupColumns,
  type RowGroupRef,
} from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import { findLogFiles } from "./log-files.js";
import { commonColumns, type OpenedFile, partitionValue, requireColumn } from "./log-schema.js";
import { openParquet } from "./parquet/file.js";
import { chunkBytes, openRowGroup } from "./parquet/row-group.js";

/** Hive's and Spark's name for the folder of rows whose key is null. */
const NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__";

/**
 * A log of Parquet files and folders; the footers are read at once, the rows when asked for.
 * Errors: see findLogFiles and openParquet; no rows at all. On read: see requireColumn and openRowGroup.
 */
export async function openLog(paths: readonly string[]): Promise<LogSource> {
  const files = findLogFiles(paths).map((file) => ({ ...file, parquet: openParquet(file.path) }));
  const description = describe(files);
  if (description.rows === 0) {
    throw new UnbatchError({
      where: paths.join(", "),
      found: `0 rows in ${files.length} file${files.length === 1 ? "" : "s"}`,
      expected: "at least one interaction",
      next: "check that the log was written, or give another day",
    });
  }
  return {
    describe: async () => description,
    read: (columns, options = {}) => readAll(files, description, columns, options),
  };
}

async function* readAll(
  files: readonly OpenedFile[],
  { columns: common }: LogDescription,
  columns: readonly string[],
  { rowsAtOnce = ROWS_AT_ONCE, rowGroups = allRowGroups(files) }: ReadOptions,
): AsyncGenerator<RowGroupColumns> {
  for (const name of columns) requireColumn(name, files, common);
  for (const { file, rowGroup } of rowGroups) {
    const opened = files[file];
    if (opened === undefined) throw new TypeError(`no file ${file}`);
    const { parquet, partition } = opened;
    const constants = columns.map((name) => [name, partitionValue({ parquet, partition }, name)] as const);
    const names = constants.filter(([, value]) => value === undefined).map(([name]) => name);
    const cursor = await openRowGroup(parquet, rowGroup, names);
    const before = firstRowOf(parquet, rowGroup);
    for (let from = 0; from < cursor.rows; from += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, cursor.rows - from);
      const { columns: own, lists } = cursor.take(rows);
      for (const [name, value] of constants)
        if (value !== undefined) own.set(name, constantColumn(value, rows));
      const bytes = from === 0 ? chunkBytes(parquet, rowGroup, names) : 0;
      yield { file, rowGroup, firstRow: before + from, rows, bytes, columns: own, lists };
    }
  }
}

function allRowGroups(files: readonly OpenedFile[]): RowGroupRef[] {
  return files.flatMap(({ parquet }, file) =>
    parquet.metadata.row_groups.map((_, rowGroup) => ({ file, rowGroup })),
  );
}

function firstRowOf({ metadata }: OpenedFile["parquet"], rowGroup: number): number {
  return metadata.row_groups.slice(0, rowGroup).reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
}

function constantColumn(value: string, rows: number): Column {
  if (value === NULL_PARTITION) return { kind: "text", distinct: [], codes: new Int32Array(rows).fill(-1) };
  return { kind: "text", distinct: [value], codes: new Int32Array(rows) };
}

function describe(files: readonly OpenedFile[]): LogDescription {
  const described = files.map(
    ({ path, partition, parquet }): FileDescription => ({
      path,
      partition,
      bytes: parquet.bytes,
      rows: parquet.rows,
      rowGroups: parquet.metadata.row_groups.map((group) => ({
        rows: Number(group.num_rows),
        bytes: Number(group.total_byte_size ?? 0),
      })),
      createdBy: parquet.metadata.created_by ?? "unknown",
    }),
  );
  const rows = described.reduce((sum, file) => sum + file.rows, 0);
  return { files: described, columns: commonColumns(files), rows };
}
