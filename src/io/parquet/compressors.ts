import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { compressors as hyparquet } from "hyparquet-compressors";
import { ZSTDDecoder } from "zstddec";
import { decompressHadoopLz4, decompressLz4 } from "./lz4.js";

/** The page of exactly `length` bytes. Errors: any Error, or RangeError for another length. */
export type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;

/** By Parquet's names. */
export type Compressors = ReadonlyMap<string, Decompress>;

let ready: Promise<Compressors> | undefined;

export function openCompressors(): Promise<Compressors> {
  ready ??= create();
  return ready;
}

/** More than these formats can grow by, whatever is in them: a page that claims it is damaged, and asks for memory. */
const MAX_GROWTH: ReadonlyMap<string, number> = new Map([
  ["SNAPPY", 22],
  ["LZ4_RAW", 256],
  ["LZ4", 256],
  ["GZIP", 1033],
]);

/** gzip and brotli by Node's zlib and zstd by zstddec: bounded, and several times faster than in JavaScript. */
async function create(): Promise<Compressors> {
  const zstd = new ZSTDDecoder();
  await zstd.init();
  const { SNAPPY: snappy } = hyparquet;
  const all: [string, Decompress][] = [
    ["UNCOMPRESSED", (bytes) => bytes],
    ["GZIP", (bytes, length) => gunzipSync(bytes, { maxOutputLength: Math.max(1, length) })],
    ["BROTLI", (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, length) })],
    ["ZSTD", (bytes, length) => zstd.decode(bytes, length)],
    ["LZ4_RAW", decompressLz4],
    ["LZ4", decompressHadoopLz4],
  ];
  if (snappy !== undefined) all.push(["SNAPPY", snappy]);
  return new Map(all.map(([name, decompress]) => [name, exactly(decompress, MAX_GROWTH.get(name))]));
}

function exactly(decompress: Decompress, growth = Number.POSITIVE_INFINITY): Decompress {
  return (bytes, length) => {
    if (length === 0) return new Uint8Array(0);
    if (length > bytes.length * growth)
      throw new RangeError(`a page of ${bytes.length} bytes that claims to be ${length}`);
    const page = decompress(bytes, length);
    if (page.length === length) return page;
    throw new RangeError(`a page of ${page.length} bytes where its header says ${length}`);
  };
}
