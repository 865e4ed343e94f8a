import type { ColumnDescription } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import { nearestName } from "../core/nearest.js";
import type { LogFile } from "./log-files.js";
import type { ParquetColumn, ParquetFile } from "./parquet/file.js";

export interface OpenedFile extends LogFile {
  parquet: ParquetFile;
}

const NAMES_SHOWN = 40;

/** The columns that every file has, in the first file's order and with its types; then the Hive keys they all have. */
export function commonColumns(files: readonly OpenedFile[]): ColumnDescription[] {
  const [first, ...others] = files;
  if (first === undefined) return [];
  const own = first.parquet.columns
    .filter(({ name }) => others.every((file) => ownColumn(file, name) !== undefined))
    .map((column) => ({ name: column.name, type: typeOf(column), physicalType: column.physicalType }));
  const keys = Object.keys(first.partition)
    .filter((name) => files.every((file) => partitionValue(file, name) !== undefined))
    .map((name): ColumnDescription => ({ name, type: "text", physicalType: "partition" }));
  return [...own, ...keys];
}

/** The Hive key of this name, unless the file has a column of the name, which wins. */
export function partitionValue(
  file: Pick<OpenedFile, "parquet" | "partition">,
  name: string,
): string | undefined {
  const isKey = Object.hasOwn(file.partition, name) && ownColumn(file, name) === undefined;
  return isKey ? file.partition[name] : undefined;
}

/** Errors: a column that no file has (with the nearest name) or not all have, of a type not read, of differing types. */
export function requireColumn(
  name: string,
  files: readonly OpenedFile[],
  common: readonly ColumnDescription[],
): void {
  const described = common.find((column) => column.name === name);
  if (described === undefined) throw missingColumn(name, files, common);
  if (described.type === "unsupported") {
    throw new UnbatchError({
      where: files[0]?.path ?? "",
      found: `column "${name}" is ${described.physicalType}`,
      expected: "a flat column of numbers, text, booleans or times, or of lists of them",
      next: "flatten it when the log is written, or choose another column",
    });
  }
  for (const file of files) {
    const column = ownColumn(file, name);
    if (column === undefined || typeOf(column) === described.type) continue;
    throw new UnbatchError({
      where: file.path,
      found: `column "${name}" is ${typeOf(column)} (${column.physicalType})`,
      expected: `${described.type} (${described.physicalType}), as in ${files[0]?.path ?? ""}: all files of a log have one schema`,
      next: "write the files with one schema, or give those of each schema apart",
    });
  }
}

function missingColumn(
  name: string,
  files: readonly OpenedFile[],
  common: readonly ColumnDescription[],
): UnbatchError {
  const has = (file: OpenedFile): boolean =>
    ownColumn(file, name) !== undefined || partitionValue(file, name) !== undefined;
  const without = files.find((file) => !has(file));
  const withIt = files.find(has);
  if (withIt !== undefined) return notInAll(name, withIt, without ?? withIt);
  const names = common.map((column) => column.name);
  const nearest = nearestName(name, names);
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
  return new UnbatchError({
    where: files[0]?.path ?? "",
    found: `no column "${name}"`,
    expected: `${nearest === undefined ? "" : `"${nearest}"? `}The log has ${shown}${more}`,
    next: "correct the column's name in unbatch.yaml, or look at the log with unbatch inspect",
  });
}

function notInAll(name: string, withIt: OpenedFile, without: OpenedFile): UnbatchError {
  const column = ownColumn(withIt, name);
  const kind = column === undefined ? "a folder's key" : `${typeOf(column)} (${column.physicalType})`;
  const here =
    without.partition[name] === undefined ? `no column "${name}"` : `"${name}" only as a folder's key`;
  return new UnbatchError({
    where: without.path,
    found: here,
    expected: `${kind}, as in ${withIt.path}: all files of a log have one schema`,
    next: "write the files with one schema, or give those of each schema apart",
  });
}

function ownColumn({ parquet }: Pick<OpenedFile, "parquet">, name: string): ParquetColumn | undefined {
  return parquet.columns.find((column) => column.name === name);
}

function typeOf({ logical, list }: ParquetColumn): ColumnDescription["type"] {
  return list === undefined ? (logical?.type ?? "unsupported") : `list of ${list.values.logical.type}`;
}
