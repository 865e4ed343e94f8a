import { gunzipSync } from "node:zlib";
import type { Compressors } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ZSTDDecoder } from "zstddec";

let ready: Promise<Compressors> | undefined;

/** Codecs by Parquet's names: gzip by Node's zlib and zstd by zstddec, which are several times faster than the rest. */
export function openCompressors(): Promise<Compressors> {
  ready ??= create();
  return ready;
}

async function create(): Promise<Compressors> {
  const zstd = new ZSTDDecoder();
  await zstd.init();
  return {
    ...compressors,
    GZIP: (bytes, outputLength) => gunzipSync(bytes, { maxOutputLength: Math.max(1, outputLength) }),
    ZSTD: (bytes, outputLength) =>
      outputLength === 0 ? new Uint8Array(0) : zstd.decode(bytes, outputLength),
  };
}
