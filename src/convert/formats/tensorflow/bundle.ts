import type { ByteSource, FileTree } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import { elementCount, type Tensor } from "../../../core/tensor.js";
import { decodeValues, elementBytes } from "../decode-values.js";
import { malformed } from "../malformed.js";
import { readFields } from "../wire.js";
import { maskedCrc32c } from "./crc32c.js";
import { dtypes } from "./dtypes.js";
import { readTable } from "./sstable.js";

/** BundleEntryProto (tensorflow/core/protobuf/tensor_bundle.proto). */
interface Entry {
  dtype: string;
  shape: number[];
  shard: number;
  offset: number;
  size: number;
  crc: number | undefined;
  isSliced: boolean;
}

export interface Bundle {
  tensors: Map<string, Tensor>;
  notes: string[];
}

/** A TensorBundle: `<prefix>.index` and its data shards. Values are read and their checksums verified on demand. */
export function readBundle(tree: FileTree, prefix: string): Bundle {
  const index = tree.open(`${prefix}.index`);
  const tensors = new Map<string, Tensor>();
  const notes: string[] = [];
  let shards = 1;
  for (const [key, bytes] of readTable(index)) {
    try {
      if (key === "") shards = readHeader(bytes);
      else addEntry(key, readEntry(bytes));
    } catch (error) {
      if (error instanceof RangeError)
        throw malformed(index.name, 0, `entry ${key}: ${error.message}`, "a bundle entry");
      throw error;
    }
  }
  return { tensors, notes };

  function addEntry(name: string, entry: Entry): void {
    if (entry.isSliced || name.startsWith("\0")) {
      notes.push(`${name.replace(/^\0.*/, "a slice")}: partitioned variables are not read`);
      return;
    }
    if (elementBytes[entry.dtype] === undefined) {
      notes.push(`${name}: ${entry.dtype}, left alone`);
      return;
    }
    const file = `${prefix}.data-${pad(entry.shard)}-of-${pad(shards)}`;
    const source = tree.open(file);
    checkEntry(name, entry, source);
    tensors.set(name, {
      name,
      shape: entry.shape,
      dtype: entry.dtype,
      values: () => decodeValues(entry.dtype, readData(name, entry, source)),
    });
  }
}

function checkEntry(name: string, { dtype, shape, offset, size }: Entry, source: ByteSource): void {
  const expected = elementCount(shape) * (elementBytes[dtype] ?? 1);
  if (size !== expected) {
    throw malformed(
      source.name,
      offset,
      `${size} bytes for ${name}`,
      `${expected} for ${dtype} [${shape.join(", ")}]`,
    );
  }
  if (offset + size > source.size) {
    throw new UnbatchError(
      {
        where: source.name,
        found: `${source.size} bytes, and ${name} ends at ${offset + size}`,
        expected: "a whole data file",
        next: "copy the checkpoint again",
      },
      3,
    );
  }
}

function readData(name: string, { offset, size, crc }: Entry, source: ByteSource): Uint8Array {
  const bytes = source.read(offset, size);
  const computed = maskedCrc32c(bytes);
  if (crc === undefined || crc === computed) return bytes;
  throw malformed(source.name, offset, `checksum ${computed.toString(16)} of ${name}`, crc.toString(16));
}

/** BundleHeaderProto: the number of shards. Error: numbers of the other byte order. */
function readHeader(header: Uint8Array): number {
  let shards = 1;
  for (const field of readFields(header)) {
    if (field.number === 1 && field.kind === "varint") shards = field.value;
    if (field.number === 2 && field.kind === "varint" && field.value !== 0)
      throw new RangeError("big-endian numbers");
  }
  return shards;
}

function readEntry(bytes: Uint8Array): Entry {
  const entry: Entry = {
    dtype: "float32",
    shape: [],
    shard: 0,
    offset: 0,
    size: 0,
    crc: undefined,
    isSliced: false,
  };
  for (const field of readFields(bytes)) {
    if (field.number === 1 && field.kind === "varint")
      entry.dtype = dtypes[field.value] ?? `type ${field.value}`;
    if (field.number === 2 && field.kind === "bytes") entry.shape = readShape(field.bytes);
    if (field.number === 3 && field.kind === "varint") entry.shard = field.value;
    if (field.number === 4 && field.kind === "varint") entry.offset = field.value;
    if (field.number === 5 && field.kind === "varint") entry.size = field.value;
    if (field.number === 6 && field.kind === "fixed32") entry.crc = field.value;
    if (field.number === 7) entry.isSliced = true;
  }
  return entry;
}

function readShape(bytes: Uint8Array): number[] {
  const shape: number[] = [];
  for (const field of readFields(bytes)) {
    if (field.number !== 2 || field.kind !== "bytes") continue;
    let size = 0;
    for (const inner of readFields(field.bytes))
      if (inner.number === 1 && inner.kind === "varint") size = inner.value;
    shape.push(size);
  }
  return shape;
}

function pad(shard: number): string {
  return String(shard).padStart(5, "0");
}
