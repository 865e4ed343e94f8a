/** TensorBundles written by hand: `<prefix>.index` (a LevelDB table) and its shards. */
import { snappyCompress } from "hyparquet-writer/src/snappy.js";

type Bytes = Uint8Array | readonly number[];
const join = (...parts: Bytes[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)));

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const number = (field: number, value: number): Buffer => join(varint(field * 8), varint(value));
const message = (field: number, bytes: Bytes): Buffer =>
  join(varint(field * 8 + 2), varint(bytes.length), bytes);

/** CRC-32C bit by bit, masked: slow, and another way than the reader's. */
export function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  const plain = BigInt((crc ^ 0xffffffff) >>> 0);
  return Number((((plain >> 15n) | (plain << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

function fixed32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export const header = (shards: number, more: Bytes = []): Buffer => join(number(1, shards), more);
export const bigEndian: Buffer = number(2, 1);

export interface Entry {
  /** Of types.proto: 1 float32, 2 float64, 3 int32, 7 string, 9 int64 ... */
  dtype?: number;
  shape?: readonly number[];
  shard?: number;
  offset?: number;
  size: number;
  /** Of `bytes`, unless it is told. */
  crc?: number;
  bytes?: Uint8Array;
  /** Where each piece begins on each axis, and its length; -1 for all of it. */
  slices?: readonly (readonly (readonly [start: number, length: number])[])[];
}

export function entry({
  dtype = 1,
  shape = [],
  shard = 0,
  offset = 0,
  size,
  crc,
  bytes,
  slices = [],
}: Entry): Buffer {
  const checksum = crc ?? (bytes === undefined ? undefined : maskedCrc(bytes));
  return join(
    number(1, dtype),
    message(2, join(...shape.map((length) => message(2, number(1, length))))),
    number(3, shard),
    number(4, offset),
    number(5, size),
    checksum === undefined ? [] : join([6 * 8 + 5], fixed32(checksum)),
    ...slices.map((slice) => message(7, join(...slice.map((extent) => message(1, extentOf(extent)))))),
  );
}

const extentOf = ([start, length]: readonly [number, number]): Buffer =>
  length === -1 ? join() : join(number(1, start), number(2, length));

/** A string tensor's data, and the checksum of its entry. */
export function texts(values: readonly string[]): { bytes: Buffer; crc: number } {
  const encoded = values.map((value) => Buffer.from(value));
  const lengths = join(...encoded.map(({ length }) => fixed32(length)));
  const checksum = fixed32(maskedCrc(lengths));
  return {
    bytes: join(...encoded.map(({ length }) => varint(length)), checksum, ...encoded),
    crc: maskedCrc(join(lengths, checksum, ...encoded)),
  };
}

export type Record = readonly [key: string, value: Uint8Array];

/** Records in order of key; each key is written as what differs from the one before. */
export function block(records: readonly Record[]): Buffer {
  let before = Buffer.alloc(0);
  const parts = records.map(([text, value]) => {
    const key = Buffer.from(text, text.startsWith("\0") ? "latin1" : "utf8");
    let shared = 0;
    while (shared < Math.min(before.length, key.length) && before[shared] === key[shared]) shared++;
    before = key;
    return join(
      varint(shared),
      varint(key.length - shared),
      varint(value.length),
      key.subarray(shared),
      value,
    );
  });
  return join(...parts, fixed32(0), fixed32(1));
}

/** A block with its trailer: compressed or not, with a true checksum. */
export function sealed(contents: Uint8Array, compression: "none" | "snappy" = "none"): Buffer {
  return resealed(compression === "snappy" ? join(snappyCompress(contents), [1]) : join(contents, [0]));
}

/** Contents that end with their type of compression, and the checksum of both. */
export function resealed(body: Uint8Array): Buffer {
  return join(body, fixed32(maskedCrc(body)));
}

/** A table of data blocks, an empty metaindex block and an index block. */
export function table(
  blocks: readonly (readonly Record[])[],
  compression: "none" | "snappy" = "none",
): Buffer {
  const parts = blocks.map((records) => sealed(block(records), compression));
  let at = 0;
  const index = blocks.map((records, position): Record => {
    const handle = join(varint(at), varint((parts[position]?.length ?? 0) - 5));
    at += parts[position]?.length ?? 0;
    return [records.at(-1)?.[0] ?? "", handle];
  });
  return finished(parts, sealed(block(index), compression));
}

/** The parts of a table, its index block, and the footer that leads to it. */
export function finished(parts: readonly Uint8Array[], index: Uint8Array): Buffer {
  const before = join(...parts);
  const meta = sealed(block([]));
  const handles = join(
    ...[varint(before.length), varint(meta.length - 5)],
    ...[varint(before.length + meta.length), varint(index.length - 5)],
  );
  const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
  return join(before, meta, index, handles, Buffer.alloc(40 - handles.length), magic);
}

/** A checkpoint of float32 tensors in one shard. */
export function bundle(
  prefix: string,
  tensors: { readonly [name: string]: { shape: readonly number[]; values: readonly number[] } },
): { [name: string]: Buffer } {
  const shards: Buffer[] = [];
  let offset = 0;
  const records = Object.keys(tensors)
    .sort()
    .map((name): Record => {
      const { shape = [], values = [] } = tensors[name] ?? {};
      const bytes = Buffer.from(Float32Array.from(values).buffer);
      const record = entry({ shape, offset, size: bytes.length, bytes });
      shards.push(bytes);
      offset += bytes.length;
      return [name, record];
    });
  return {
    [`${prefix}.index`]: table([[["", header(1)], ...records]]),
    [`${prefix}.data-00000-of-00001`]: join(...shards),
  };
}
