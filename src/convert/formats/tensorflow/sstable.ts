import type { ByteSource } from "../../../core/bytes.js";
import { malformed } from "../malformed.js";
import { readVarint } from "../wire.js";
import { maskedCrc32c } from "./crc32c.js";
import { decompressSnappy } from "./snappy-block.js";

/** Last eight bytes of the file, little-endian 0xdb4775248b80fb57. */
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
/** Indexes are megabytes at most. */
const MAX_FILE_BYTES = 1 << 28;
/** Keys are written by what differs from the one before: a few bytes can be a long key, again and again. */
const MAX_KEYS_BYTES = 1 << 26;

const utf8 = new TextDecoder();

interface Handle {
  offset: number;
  size: number;
}

/**
 * Entries of a LevelDB-style table (tensorflow/core/lib/io/format.h), in order of key: the `.index` file of a
 * TensorBundle. Every block's checksum is verified.
 */
export function readTable(source: ByteSource): Map<string, Uint8Array> {
  if (source.size < FOOTER_BYTES || source.size > MAX_FILE_BYTES) {
    throw malformed(source.name, 0, `${source.size} bytes`, "the index of a TensorFlow checkpoint");
  }
  const file = source.read(0, source.size);
  const footer = file.subarray(file.length - FOOTER_BYTES);
  if (!MAGIC.every((byte, at) => footer[40 + at] === byte)) {
    throw malformed(
      source.name,
      file.length - 8,
      "other bytes at the end",
      "the magic number of a TensorFlow index",
    );
  }
  try {
    const meta = readHandle(footer, 0);
    const index = readHandle(footer, meta.next);
    const entries = new Map<string, Uint8Array>();
    const indexBlock = readBlock(source.name, file, index.handle);
    let blockBytes = 0;
    let keyBytes = 0;
    for (const [, bytes] of blockEntries(indexBlock)) {
      const { handle } = readHandle(bytes, 0);
      blockBytes += handle.size;
      if (blockBytes > file.length) throw new RangeError("blocks that overlap");
      for (const [key, value] of blockEntries(readBlock(source.name, file, handle))) {
        keyBytes += key.length;
        if (keyBytes > MAX_KEYS_BYTES) throw new RangeError(`more than ${MAX_KEYS_BYTES} bytes of keys`);
        entries.set(key, value);
      }
    }
    return entries;
  } catch (error) {
    if (error instanceof RangeError)
      throw malformed(source.name, 0, error.message, "a whole TensorFlow index");
    throw error;
  }
}

function readHandle(bytes: Uint8Array, from: number): { handle: Handle; next: number } {
  const offset = readVarint(bytes, from);
  const size = readVarint(bytes, offset.next);
  return { handle: { offset: offset.value, size: size.value }, next: size.next };
}

function readBlock(name: string, file: Uint8Array, { offset, size }: Handle): Uint8Array {
  if (offset + size + TRAILER_BYTES > file.length) {
    throw malformed(
      name,
      offset,
      `a block of ${size} bytes`,
      `at most ${file.length - offset - TRAILER_BYTES}`,
    );
  }
  const contents = file.subarray(offset, offset + size);
  const type = file.subarray(offset + size, offset + size + 1);
  const stored = new DataView(file.buffer, file.byteOffset + offset + size + 1, 4).getUint32(0, true);
  const computed = maskedCrc32c([contents, type]);
  if (stored !== computed)
    throw malformed(name, offset, `checksum ${computed.toString(16)}`, stored.toString(16));
  if (type[0] === 0) return contents;
  if (type[0] === 1) return decompressSnappy(contents);
  throw malformed(name, offset + size, `compression ${type[0]}`, "none (0) or snappy (1)");
}

/** Prefix-compressed records, up to the restart points at the end. */
function* blockEntries(block: Uint8Array): Generator<[string, Uint8Array]> {
  if (block.length < 4) throw new RangeError("a block without restart points");
  const restarts = new DataView(block.buffer, block.byteOffset + block.length - 4, 4).getUint32(0, true);
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw new RangeError(`${restarts} restart points`);
  let key = new Uint8Array(0);
  let at = 0;
  while (at < end) {
    const shared = readVarint(block, at);
    const unshared = readVarint(block, shared.next);
    const value = readVarint(block, unshared.next);
    const keyEnd = value.next + unshared.value;
    if (shared.value > key.length || keyEnd + value.value > end)
      throw new RangeError(`a record out of bounds at ${at}`);
    const next = new Uint8Array(shared.value + unshared.value);
    next.set(key.subarray(0, shared.value));
    next.set(block.subarray(value.next, keyEnd), shared.value);
    key = next;
    at = keyEnd + value.value;
    // Keys of pieces of variables begin with 0 and are no text: a character a byte.
    const isText = key[0] !== 0;
    yield [isText ? utf8.decode(key) : String.fromCharCode(...key), block.subarray(keyEnd, at)];
  }
}
