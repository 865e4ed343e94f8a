import { parquetHeader } from "hyparquet/src/column.js";
import type { PageHeader } from "hyparquet/src/types.js";
import type { Decompress } from "./compressors.js";
import { MAX_PAGE_BYTES } from "./page.js";
import { thriftStructEnd } from "./thrift-bounds.js";

export type ChunkPage<Page> =
  | { kind: "dictionary"; bytes: Uint8Array; count: number }
  | { kind: "data"; page: Page };

/**
 * The pages of a column chunk of `values` values, one after the other; `readPage` is given a data page's header and the
 * bytes after it. Errors: RangeError (or what a decompressor throws) for a page that is malformed, leaves its bounds, or
 * does not add up to the chunk's values.
 */
export function* chunkPages<Page>(
  bytes: Uint8Array,
  values: number,
  readPage: (header: PageHeader, body: Uint8Array) => Page,
  decompress: Decompress,
): Generator<ChunkPage<Page>> {
  let hasDictionary = false;
  let at = 0;
  let read = 0;
  while (read < values) {
    if (at >= bytes.length) throw new RangeError(`the column ends after ${read} of ${values} values`);
    const { header, body, end } = pageAt(bytes, at);
    at = end;
    const { type, dictionary_page_header: dictionary, uncompressed_page_size: size } = header;
    if (type === "DICTIONARY_PAGE") {
      if (hasDictionary || dictionary === undefined)
        throw new RangeError("a second dictionary, or one without header");
      checkCount(dictionary.num_values, size);
      if (!/^PLAIN/.test(dictionary.encoding)) throw new RangeError(`a dictionary in ${dictionary.encoding}`);
      hasDictionary = true;
      yield { kind: "dictionary", bytes: decompress(body, size), count: dictionary.num_values };
    } else if (type === "DATA_PAGE" || type === "DATA_PAGE_V2") {
      const count = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values;
      read += checkCount(count, values - read);
      yield { kind: "data", page: readPage(header, body) };
    } else if (type !== "INDEX_PAGE") {
      throw new RangeError(`a page of unknown type`);
    }
  }
}

function pageAt(bytes: Uint8Array, at: number): { header: PageHeader; body: Uint8Array; end: number } {
  const headerEnd = thriftStructEnd(bytes, at);
  const header = parquetHeader({
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: at,
  });
  const { compressed_page_size: compressed, uncompressed_page_size: uncompressed } = header;
  if (!(compressed >= 0 && compressed <= bytes.length - headerEnd)) {
    throw new RangeError(`a page of ${compressed} bytes where ${bytes.length - headerEnd} are left`);
  }
  if (!(uncompressed >= 0 && uncompressed <= MAX_PAGE_BYTES)) {
    throw new RangeError(`a page of ${uncompressed} bytes decompressed; at most ${MAX_PAGE_BYTES}`);
  }
  const end = headerEnd + compressed;
  return { header, body: bytes.subarray(headerEnd, end), end };
}

function checkCount(count: number | undefined, most: number): number {
  if (count !== undefined && count >= 0 && count <= most) return count;
  throw new RangeError(`a page of ${count} values where ${most} are possible`);
}
