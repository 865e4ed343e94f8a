import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from "hyparquet";
import { getTreePath } from "hyparquet/src/schema.js";
import { incomplete, UnbatchError } from "../../core/errors.js";
import { ioError } from "../io-error.js";
import { type LogicalType, logicalType } from "./logical-type.js";

/** A Parquet file's footer, and reads of its bytes. Opened for each use, so that a log of many files needs few handles. */
export interface ParquetFile {
  path: string;
  bytes: number;
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
}

const MAGIC = "PAR1";
/** Footers are at most this large; a larger length is a damaged file. */
const MAX_FOOTER_BYTES = 256 * 1024 * 1024;

/** Errors: not a Parquet file, truncated (exit 3), an encrypted or malformed footer. */
export function openParquet(path: string): ParquetFile {
  const { size, head, tail } = readEnds(path);
  if (size < 12 || text(head) !== MAGIC) throw notParquet(path, size, head);
  const magic = text(tail.subarray(4));
  if (text(head) === "PARE" || magic === "PARE") throw encrypted(path);
  const footerBytes = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (magic !== MAGIC || footerBytes > size - 12) throw truncated(path, size);
  if (footerBytes > MAX_FOOTER_BYTES) throw malformed(path, `a footer of ${footerBytes} bytes`);
  const footer = readRange(path, size - 8 - footerBytes, footerBytes + 8);
  try {
    const metadata = parquetMetadata(copyBuffer(footer), { geoparquet: false });
    const schema = parquetSchema(metadata);
    return {
      path,
      bytes: size,
      metadata,
      schema,
      columns: schema.children.map((child) => columnOf(schema, child)),
    };
  } catch (error) {
    throw malformed(path, error instanceof Error ? error.message : String(error));
  }
}

/** Bytes [from, from + length) of a file. Errors: the file is shorter (exit 3), or cannot be read. */
export function readRange(path: string, from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  withFile(path, (handle) => {
    let filled = 0;
    while (filled < length) {
      const read = readSync(handle, bytes, filled, length - filled, from + filled);
      if (read === 0) throw truncated(path, from + filled);
      filled += read;
    }
  });
  return bytes;
}

function readEnds(path: string): { size: number; head: Uint8Array; tail: Uint8Array } {
  const head = new Uint8Array(4);
  const tail = new Uint8Array(8);
  const size = withFile(path, (handle) => {
    const { size } = fstatSync(handle);
    readSync(handle, head, 0, Math.min(4, size), 0);
    if (size >= 8) readSync(handle, tail, 0, 8, size - 8);
    return size;
  });
  return { size, head, tail };
}

function withFile<T>(path: string, use: (handle: number) => T): T {
  let handle: number | undefined;
  try {
    handle = openSync(path, "r");
    return use(handle);
  } catch (error) {
    throw error instanceof UnbatchError ? error : ioError(error, path);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function columnOf(schema: SchemaTree, { element, children }: SchemaTree): ParquetColumn {
  const { name } = element;
  const isFlat = children.length === 0 && element.repetition_type !== "REPEATED";
  const logical = isFlat && getTreePath(schema, [name]).length === 2 ? logicalType(element) : undefined;
  const kind =
    children.length > 0 ? "group" : [element.type, element.converted_type].filter(Boolean).join(" ");
  return { name, logical, physicalType: logical?.physicalType ?? kind };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function copyBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}

function notParquet(path: string, size: number, head: Uint8Array): UnbatchError {
  return new UnbatchError({
    where: path,
    found: size === 0 ? "an empty file" : `${size} bytes that begin with ${JSON.stringify(text(head))}`,
    expected: 'a Parquet file, which begins and ends with "PAR1"',
    next: "check the path, or write the log as Parquet",
  });
}

function truncated(path: string, size: number): UnbatchError {
  return incomplete({
    where: path,
    found: `a Parquet file without a whole footer in its ${size} bytes`,
    expected: 'a footer that ends with "PAR1": the file was cut off while it was written or copied',
    next: "copy or write the file again",
  });
}

function encrypted(path: string): UnbatchError {
  return new UnbatchError({
    where: path,
    found: "an encrypted Parquet file",
    expected: "a plain one",
    next: "decrypt the log first",
  });
}

export function malformed(path: string, found: string): UnbatchError {
  return new UnbatchError({
    where: path,
    found: `a malformed Parquet file: ${found}`,
    expected: "pages and a footer as the format's specification has them",
    next: "write the file again, or leave it out",
  });
}
