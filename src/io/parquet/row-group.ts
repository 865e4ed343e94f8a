import type { ColumnChunk } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getTreePath } from "hyparquet/src/schema.js";
import type { Column } from "../../core/column.js";
import { incomplete, UnbatchError } from "../../core/errors.js";
import { readColumnChunk } from "./column-chunk.js";
import { openCompressors } from "./compressors.js";
import { malformed, type ParquetFile, readRange } from "./file.js";

/** Columns of one row group. Errors name the file, the row group and the column. */
export async function readRowGroup(
  file: ParquetFile,
  rowGroup: number,
  names: readonly string[],
): Promise<Map<string, Column>> {
  const compressors = await openCompressors();
  const group = file.metadata.row_groups[rowGroup];
  const rows = Number(group?.num_rows ?? 0);
  const columns = new Map<string, Column>();
  for (const name of names) {
    const where = `${file.path}, row group ${rowGroup}, column "${name}"`;
    const chunk = group?.columns.find(({ meta_data: meta }) => meta?.path_in_schema.join(".") === name);
    const logical = file.columns.find((column) => column.name === name)?.logical;
    if (chunk?.meta_data === undefined || logical === undefined)
      throw malformed(where, "no such column chunk");
    const { meta_data: meta } = chunk;
    try {
      const schemaPath = getTreePath(file.schema, [name]);
      const element = schemaPath[schemaPath.length - 1]?.element;
      if (element === undefined) throw malformed(where, "a column that the schema lacks");
      const { from, length } = chunkRange(chunk, file, where);
      const decoder = {
        ...{ pathInSchema: [name], type: meta.type, element, schemaPath, codec: meta.codec, compressors },
        ...{ parsers: DEFAULT_PARSERS, utf8: true },
      };
      columns.set(name, readColumnChunk(readRange(file.path, from, length), rows, decoder, logical));
    } catch (error) {
      if (error instanceof UnbatchError) throw error;
      throw malformed(where, error instanceof Error ? error.message : String(error));
    }
  }
  return columns;
}

/** Where a chunk's pages lie. A dictionary offset of 0 means that there is none. */
function chunkRange(
  { meta_data: meta }: ColumnChunk,
  file: ParquetFile,
  where: string,
): { from: number; length: number } {
  const data = Number(meta?.data_page_offset ?? 0);
  const dictionary = Number(meta?.dictionary_page_offset ?? 0);
  const from = dictionary > 0 && dictionary < data ? dictionary : data;
  const length = Number(meta?.total_compressed_size ?? 0);
  if (!(from >= 4 && length >= 0)) throw malformed(where, `a chunk of ${length} bytes at ${from}`);
  if (from + length > file.bytes) {
    throw incomplete({
      where,
      found: `pages up to byte ${from + length} of a file of ${file.bytes} bytes`,
      expected: "a whole file",
      next: "copy or write the file again",
    });
  }
  return { from, length };
}
