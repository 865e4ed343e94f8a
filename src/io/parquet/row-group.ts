import type { ColumnChunk } from "hyparquet";
import type { Column, ListColumn } from "../../core/column.js";
import { UnbatchError } from "../../core/errors.js";
import { readExactly, withFile } from "../file-handle.js";
import { type ChunkType, type ColumnCursor, columnCursor } from "./column-cursor.js";
import { type Compressors, openCompressors } from "./compressors.js";
import type { ParquetFile } from "./file.js";
import { encrypted, malformed, truncated } from "./file-errors.js";
import { type ListCursor, listCursor } from "./list-cursor.js";

/** Columns of one row group, decoded as far as they are asked for. */
export interface RowGroupCursor {
  rows: number;
  /** The next rows, by column. Errors name the file, the row group and the column. */
  take(rows: number): { columns: Map<string, Column>; lists: Map<string, ListColumn> };
}

export async function openRowGroup(
  file: ParquetFile,
  rowGroup: number,
  names: readonly string[],
): Promise<RowGroupCursor> {
  const compressors = await openCompressors();
  const placeOf = (name: string): string => `${file.path}, row group ${rowGroup}, column "${name}"`;
  const cursors = withFile(file.path, (handle) =>
    names.map((name) => {
      const where = placeOf(name);
      return [
        name,
        naming(where, () => openColumn(file, handle, rowGroup, name, where, compressors)),
      ] as const;
    }),
  );
  return {
    rows: Number(file.metadata.row_groups[rowGroup]?.num_rows ?? 0),
    take(rows) {
      const columns = new Map<string, Column>();
      const lists = new Map<string, ListColumn>();
      for (const [name, cursor] of cursors) {
        const column = naming(placeOf(name), () => cursor.take(rows));
        if (column.kind === "list") lists.set(name, column);
        else columns.set(name, column);
      }
      return { columns, lists };
    },
  };
}

function naming<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnbatchError) throw error;
    throw malformed(where, error instanceof Error ? error.message : String(error));
  }
}

/** Size of the pages of these columns, as they lie in the file. */
export function chunkBytes(file: ParquetFile, rowGroup: number, names: readonly string[]): number {
  const chunks = file.metadata.row_groups[rowGroup]?.columns ?? [];
  return chunks
    .filter(({ meta_data: meta }) => names.some((name) => isPath(meta?.path_in_schema, pathOf(file, name))))
    .reduce((sum, { meta_data: meta }) => sum + Number(meta?.total_compressed_size ?? 0), 0);
}

function openColumn(
  file: ParquetFile,
  handle: number,
  rowGroup: number,
  name: string,
  where: string,
  compressors: Compressors,
): ColumnCursor | ListCursor {
  const group = file.metadata.row_groups[rowGroup];
  const path = pathOf(file, name);
  const chunk = group?.columns.find(({ meta_data: meta }) => isPath(meta?.path_in_schema, path));
  if (chunk?.crypto_metadata !== undefined) throw encrypted(where);
  const meta = chunk?.meta_data;
  const rows = Number(group?.num_rows ?? 0);
  const list = file.columns.find((column) => column.name === name)?.list;
  const type = list?.values ?? typeOf(file, name);
  if (chunk === undefined || meta === undefined) throw new RangeError("the row group lacks it");
  if (chunk.file_path) throw new RangeError("its pages are said to lie in another file");
  if (meta.type !== type.physical)
    throw new RangeError(`its pages are ${meta.type}, its schema says ${type.physical}`);
  if (list === undefined && Number(meta.num_values) !== rows)
    throw new RangeError(`${meta.num_values} values in a row group of ${rows} rows`);
  const decompress = compressors.get(meta.codec);
  if (decompress === undefined) throw new RangeError(`the compression ${meta.codec}`);
  const { from, length } = chunkRange(chunk, file, where);
  const bytes = readExactly(file.path, handle, from, length);
  if (list === undefined) return columnCursor(bytes, rows, type, decompress);
  return listCursor(bytes, rows, Number(meta.num_values), list, decompress);
}

/** From a column to its values, as the row group names them. */
function pathOf(file: ParquetFile, name: string): readonly string[] {
  return file.columns.find((column) => column.name === name)?.list?.path ?? [name];
}

function isPath(path: readonly string[] | undefined, expected: readonly string[]): boolean {
  return path?.length === expected.length && path.every((part, index) => part === expected[index]);
}

function typeOf(file: ParquetFile, name: string): ChunkType {
  const logical = file.columns.find((column) => column.name === name)?.logical;
  const element = file.schema.children.find((child) => child.element.name === name)?.element;
  if (logical === undefined || element?.type === undefined) throw new RangeError("the schema lacks it");
  const isFixed = element.type === "FIXED_LEN_BYTE_ARRAY";
  return {
    physical: element.type,
    logical,
    typeLength: isFixed ? (element.type_length ?? 0) : undefined,
    isOptional: element.repetition_type !== "REQUIRED",
  };
}

/** Old parquet-mr left the dictionary's header out of the chunk's size (PARQUET-816); Arrow reads as much more. */
const FORGOTTEN_HEADER_BYTES = 100;

/** Where a chunk's pages lie. A dictionary offset of 0 means that there is none. */
function chunkRange(
  { meta_data: meta }: ColumnChunk,
  file: ParquetFile,
  where: string,
): { from: number; length: number } {
  const data = Number(meta?.data_page_offset ?? 0);
  const dictionary = Number(meta?.dictionary_page_offset ?? 0);
  const from = dictionary > 0 && dictionary < data ? dictionary : data;
  const length = Number(meta?.total_compressed_size ?? -1);
  if (!(from >= 4 && length >= 0)) throw new RangeError(`a chunk of ${length} bytes at byte ${from}`);
  if (from + length > file.footerStart) {
    throw truncated(
      where,
      `pages up to byte ${from + length}, but the footer begins at byte ${file.footerStart}`,
    );
  }
  if (!forgetsHeader(file.metadata.created_by ?? "")) return { from, length };
  return { from, length: Math.min(length + FORGOTTEN_HEADER_BYTES, file.footerStart - from) };
}

function forgetsHeader(createdBy: string): boolean {
  if (!createdBy.startsWith("parquet-mr")) return false;
  const version = /version (\d+)\.(\d+)\.(\d+)/.exec(createdBy);
  if (version === null) return true;
  const [major = 0, minor = 0, patch = 0] = version.slice(1).map(Number);
  return major < 1 || (major === 1 && (minor < 2 || (minor === 2 && patch < 9)));
}
