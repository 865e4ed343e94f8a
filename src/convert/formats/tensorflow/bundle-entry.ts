import { readFields } from "../wire.js";
import { dtypes } from "./dtypes.js";

/** BundleEntryProto (tensorflow/core/protobuf/tensor_bundle.proto). */
export interface Entry {
  dtype: string;
  shape: number[];
  shard: number;
  offset: number;
  size: number;
  crc: number | undefined;
  /** Of a partitioned variable: where its pieces lie, each an entry of its own. */
  slices: Slice[];
}

/** TensorSliceProto: for each axis where it begins and how long it is, -1 for all of it. */
export type Slice = readonly { start: number; length: number }[];

/** BundleHeaderProto: the number of shards. Error: RangeError for numbers of the other byte order. */
export function readHeader(header: Uint8Array): number {
  let shards = 1;
  for (const field of readFields(header)) {
    if (field.number === 1 && field.kind === "varint") shards = field.value;
    if (field.number === 2 && field.kind === "varint" && field.value !== 0)
      throw new RangeError("big-endian numbers");
  }
  return shards;
}

export function readEntry(bytes: Uint8Array): Entry {
  const entry: Entry = {
    dtype: "float32",
    shape: [],
    shard: 0,
    offset: 0,
    size: 0,
    crc: undefined,
    slices: [],
  };
  for (const field of readFields(bytes)) {
    if (field.number === 1 && field.kind === "varint")
      entry.dtype = dtypes[field.value] ?? `type ${field.value}`;
    if (field.number === 2 && field.kind === "bytes") entry.shape = readShape(field.bytes);
    if (field.number === 3 && field.kind === "varint") entry.shard = field.value;
    if (field.number === 4 && field.kind === "varint") entry.offset = field.value;
    if (field.number === 5 && field.kind === "varint") entry.size = field.value;
    if (field.number === 6 && field.kind === "fixed32") entry.crc = field.value;
    if (field.number === 7 && field.kind === "bytes") entry.slices.push(readSlice(field.bytes));
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

function readSlice(bytes: Uint8Array): Slice {
  const extents: { start: number; length: number }[] = [];
  for (const field of readFields(bytes)) {
    if (field.number !== 1 || field.kind !== "bytes") continue;
    const extent = { start: 0, length: -1 };
    for (const inner of readFields(field.bytes)) {
      if (inner.number === 1 && inner.kind === "varint") extent.start = inner.value;
      if (inner.number === 2 && inner.kind === "varint") extent.length = inner.value;
    }
    extents.push(extent);
  }
  return extents;
}
