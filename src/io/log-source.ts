import type {
  ColumnDescription,
  FileDescription,
  LogDescription,
  LogSource,
  RowGroupColumns,
} from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import { nearestName } from "../core/nearest.js";
import { findLogFiles, type LogFile } from "./log-files.js";
import { openParquet, type ParquetFile } from "./parquet/file.js";
import { readRowGroup } from "./parquet/row-group.js";

/** A log of Parquet files and folders. Errors: see findLogFiles and openParquet; no rows at all; differing schemas. */
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
    read: (columns) => readAll(files, description, columns),
  };
}

interface OpenedFile extends LogFile {
  parquet: ParquetFile;
}

async function* readAll(
  files: readonly OpenedFile[],
  description: LogDescription,
  columns: readonly string[],
): AsyncGenerator<RowGroupColumns> {
  for (const name of columns) requireColumn(name, files, description);
  for (const [file, { parquet, partition }] of files.entries()) {
    let firstRow = 0;
    for (let rowGroup = 0; rowGroup < parquet.metadata.row_groups.length; rowGroup++) {
      const rows = Number(parquet.metadata.row_groups[rowGroup]?.num_rows ?? 0);
      const read = await readRowGroup(
        parquet,
        rowGroup,
        columns.filter((name) => hasColumn(parquet, name)),
      );
      for (const name of columns) {
        const value = partition[name];
        if (!read.has(name) && value !== undefined) {
          read.set(name, { kind: "text", distinct: [value], codes: new Int32Array(rows) });
        }
      }
      yield { file, rowGroup, firstRow, rows, columns: read };
      firstRow += rows;
    }
  }
}

function describe(files: readonly OpenedFile[]): LogDescription {
  const described = files.map(
    ({ path, partition, parquet }): FileDescription => ({
      path,
      partition,
      bytes: parquet.bytes,
      rows: Number(parquet.metadata.num_rows),
      rowGroups: parquet.metadata.row_groups.map((group) => ({
        rows: Number(group.num_rows),
        bytes: Number(group.total_byte_size),
      })),
      createdBy: parquet.metadata.created_by ?? "unknown",
    }),
  );
  const rows = described.reduce((sum, file) => sum + file.rows, 0);
  return { files: described, columns: commonColumns(files), rows };
}

/** The columns that every file has with one type, in the first file's order; then the Hive keys they all have. */
function commonColumns(files: readonly OpenedFile[]): ColumnDescription[] {
  const [first] = files;
  if (first === undefined) return [];
  const own = first.parquet.columns
    .filter(({ name }) => files.every(({ parquet }) => hasColumn(parquet, name)))
    .map(
      ({ name, logical, physicalType }): ColumnDescription => ({
        name,
        type: logical?.type ?? "unsupported",
        physicalType,
      }),
    );
  const keys = Object.keys(first.partition)
    .filter((name) => files.every(({ partition, parquet }) => name in partition && !hasColumn(parquet, name)))
    .map((name): ColumnDescription => ({ name, type: "text", physicalType: "partition" }));
  return [...own, ...keys];
}

function hasColumn({ columns }: ParquetFile, name: string): boolean {
  return columns.some((column) => column.name === name);
}

function requireColumn(name: string, files: readonly OpenedFile[], description: LogDescription): void {
  const described = description.columns.find((column) => column.name === name);
  if (described === undefined) throw missingColumn(name, files, description);
  if (described.type === "unsupported") {
    throw new UnbatchError({
      where: files[0]?.path ?? "",
      found: `column "${name}" is ${described.physicalType}`,
      expected: "a flat column of numbers, text, booleans or times",
      next: "flatten it when the log is written, or choose another column",
    });
  }
  for (const { path, parquet } of files) {
    const column = parquet.columns.find((one) => one.name === name);
    const type: string = column === undefined ? described.type : (column.logical?.type ?? "unsupported");
    if (type === described.type) continue;
    throw new UnbatchError({
      where: path,
      found: `column "${name}" is ${column?.physicalType ?? type}`,
      expected: `${described.physicalType}, as in ${files[0]?.path ?? ""}: the files of one log have one schema`,
      next: "write the files with one schema, or replay them apart",
    });
  }
}

function missingColumn(
  name: string,
  files: readonly OpenedFile[],
  { columns }: LogDescription,
): UnbatchError {
  const without = files.find(({ parquet, partition }) => !hasColumn(parquet, name) && !(name in partition));
  const withIt = files.find(({ parquet, partition }) => hasColumn(parquet, name) || name in partition);
  const names = columns.map((column) => column.name);
  const nearest = nearestName(name, names);
  return new UnbatchError({
    where: without?.path ?? files[0]?.path ?? "",
    found: withIt === undefined ? `no column "${name}"` : `no column "${name}", which ${withIt.path} has`,
    expected: `${nearest === undefined ? "" : `did you mean "${nearest}"? `}The log has ${names.join(", ")}`,
    next: "correct the column's name in unbatch.yaml, or look at the log with unbatch inspect",
  });
}
