import { fstatSync } from "node:fs";
import { type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from "hyparquet";
import { readExactly, withFile } from "../file-handle.js";
import { encrypted, latin1, malformed, notParquet, truncated } from "./file-errors.js";
import { type ListLayout, listLayout } from "./list-layout.js";
import { type LogicalType, logicalType } from "./logical-type.js";
import { thriftStructEnd } from "./thrift-bounds.js";

/** A Parquet file's footer. The file itself is opened for each row group, so that many files need few handles. */
export interface ParquetFile {
  path: string;
  bytes: number;
  rows: number;
  /** Where the footer begins: no page lies beyond. */
  footerStart: number;
  metadata: FileMetaData;
  schema: SchemaTree;
  /** Top-level columns, flat or not. */
  columns: readonly ParquetColumn[];
}

export interface ParquetColumn {
  name: string;
  physicalType: string;
  /** Undefined for what cannot be read as one value a row. */
  logical: LogicalType | undefined;
  /** Of a column of lists. */
  list?: ListLayout;
}

const MAGIC = "PAR1";
const ENCRYPTED_MAGIC = "PARE";
const MIN_BYTES = 12;
const MAX_FOOTER_BYTES = 2 ** 28;
/** Writers make groups of a million rows and allow at most 64 million; a column of this many takes a gigabyte. */
const MAX_ROW_GROUP_ROWS = 2 ** 27;

/** Errors: not there, not Parquet (with its first bytes), truncated (exit 3), encrypted, a malformed footer. */
export function openParquet(path: string): ParquetFile {
  const { size, footerStart, footer } = withFile(path, (handle) => readFooter(path, handle));
  try {
    thriftStructEnd(footer.subarray(0, footer.length - 8), 0);
    const metadata = parquetMetadata(footer, { geoparquet: false });
    const rows = countRows(metadata);
    const schema = parquetSchema(metadata);
    const columns = schema.children.map((child) => columnOf(schema, child));
    return { path, bytes: size, rows, footerStart, metadata, schema, columns };
  } catch (error) {
    throw malformed(
      path,
      `the footer cannot be read (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function readFooter(path: string, handle: number): { size: number; footerStart: number; footer: Uint8Array } {
  const { size } = fstatSync(handle);
  const head = readExactly(path, handle, 0, Math.min(4, size));
  if (latin1(head) === ENCRYPTED_MAGIC) throw encrypted(path);
  if (latin1(head) !== MAGIC) throw notParquet(path, size, head);
  if (size < MIN_BYTES) throw truncated(path, `a Parquet file of only ${size} bytes`);
  const tail = readExactly(path, handle, size - 8, 8);
  const magic = latin1(tail.subarray(4));
  if (magic === ENCRYPTED_MAGIC) throw encrypted(path);
  if (magic !== MAGIC) throw truncated(path, `${size} bytes that do not end with the footer's "${MAGIC}"`);
  const footerBytes = new DataView(tail.buffer).getUint32(0, true);
  if (footerBytes > size - MIN_BYTES)
    throw truncated(path, `a footer of ${footerBytes} bytes in a file of ${size}`);
  if (footerBytes > MAX_FOOTER_BYTES) throw malformed(path, `a footer of ${footerBytes} bytes`);
  const footerStart = size - 8 - footerBytes;
  return { size, footerStart, footer: readExactly(path, handle, footerStart, footerBytes + 8) };
}

/** The row groups must add up to the file. A file that says 0 has been seen with rows in it: its groups are believed. */
function countRows({ num_rows: total, row_groups: groups }: FileMetaData): number {
  let sum = 0n;
  for (const { num_rows: rows } of groups) {
    if (!(typeof rows === "bigint" && rows >= 0n)) throw new RangeError(`a row group of ${rows} rows`);
    if (rows > MAX_ROW_GROUP_ROWS)
      throw new RangeError(`a row group of ${rows} rows; at most ${MAX_ROW_GROUP_ROWS}`);
    sum += rows;
  }
  if (total !== sum && total !== 0n)
    throw new RangeError(`${total} rows in all, but ${sum} in the row groups`);
  return Number(sum);
}

function columnOf(schema: SchemaTree, child: SchemaTree): ParquetColumn {
  const { element, children } = child;
  const { name } = element;
  const isFlat = children.length === 0 && element.repetition_type !== "REPEATED";
  const isRepeatedName = schema.children.filter((child) => child.element.name === name).length > 1;
  const logical = isFlat && !isRepeatedName ? logicalType(element) : undefined;
  const list = isRepeatedName ? undefined : listLayout(child);
  if (list !== undefined)
    return { name, logical, list, physicalType: `LIST of ${list.values.logical.physicalType}` };
  return {
    name,
    logical,
    physicalType: logical?.physicalType ?? describe(element, children.length > 0, isRepeatedName),
  };
}

function describe(element: SchemaTree["element"], isGroup: boolean, isRepeatedName: boolean): string {
  if (isRepeatedName) return "one of several columns of this name";
  if (isGroup) return [element.converted_type, "group"].filter(Boolean).join(" ");
  const repeated = element.repetition_type === "REPEATED" ? "REPEATED" : undefined;
  return [repeated, element.type, element.converted_type ?? element.logical_type?.type]
    .filter(Boolean)
    .join(" ");
}
