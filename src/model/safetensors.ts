import { type ByteSource, collectBytes } from "../core/bytes.js";
import { UnbatchError } from "../core/errors.js";
import { elementCount, type ReadPart, stretchesOf, type Tensor } from "../core/tensor.js";

/**
 * The safetensors file format (huggingface/safetensors, README "Format"): u64 header length, JSON header, then the
 * data without holes. Only what this tool writes is read: float32 and float64.
 */
const MAX_HEADER_BYTES = 100_000_000;

interface Entry {
  dtype: "F32" | "F64";
  shape: number[];
  data_offsets: [number, number];
}

/**
 * One file of tensors, in parts: doubles first, so that all are aligned, then by name, so that equal states are equal
 * bytes. A tensor's values are made as its parts are asked for, each of which holds until the next.
 */
export function* safetensorsParts(tensors: ReadonlyMap<string, Tensor>): Generator<Uint8Array> {
  const sorted = [...tensors].map(([name, tensor]) => ({ name, tensor, width: widthOf(tensor) }));
  sorted.sort((a, b) => b.width - a.width || (a.name < b.name ? -1 : 1));
  let at = 0;
  const header = sorted.map(({ name, tensor: { shape }, width }): [string, Entry] => {
    const from = at;
    at += width * elementCount(shape);
    return [name, { dtype: width === 8 ? "F64" : "F32", shape: [...shape], data_offsets: [from, at] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  yield head;
  for (const { name, tensor, width } of sorted) {
    let bytes = 0;
    for (const { values } of stretchesOf(tensor, tensor.shape.at(-1) ?? 1)) {
      bytes += values.byteLength;
      yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    }
    if (bytes !== width * elementCount(tensor.shape)) throw new TypeError(`tensor ${name} of ${bytes} bytes`);
  }
}

export function encodeSafetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  return collectBytes(safetensorsParts(tensors));
}

/** Bytes of a value. */
function widthOf({ dtype }: Tensor): 4 | 8 {
  return dtype === "float64" ? 8 : 4;
}

/**
 * The tensors of a file, whose numbers are read when they are asked for. Errors: a header that is not JSON, an entry
 * outside the data, one whose bytes do not match its shape.
 */
export function decodeSafetensors(file: ByteSource, where: string): Map<string, Tensor> {
  const damaged = (found: string): UnbatchError =>
    new UnbatchError({ where, found, expected: "a safetensors file", next: "convert the checkpoint again" });
  if (file.size < 8) throw damaged(`${file.size} bytes`);
  const first = file.read(0, 8);
  const headerBytes = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (headerBytes > Math.min(MAX_HEADER_BYTES, file.size - 8))
    throw damaged(`a header of ${headerBytes} bytes`);
  const header = parseHeader(file.read(8, headerBytes), damaged);
  const dataFrom = 8 + headerBytes;
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (!isEntry(entry)) throw damaged(`entry ${name} = ${JSON.stringify(entry).slice(0, 80)}`);
    const [from, to] = entry.data_offsets;
    const size = entry.dtype === "F64" ? 8 : 4;
    const count = elementCount(entry.shape);
    if (from < 0 || to > file.size - dataFrom || to - from !== count * size || from % size !== 0) {
      throw damaged(`tensor ${name} of shape [${entry.shape.join(", ")}] at bytes ${from} to ${to}`);
    }
    const read: ReadPart = (start, end) => {
      const { buffer } = aligned(file.read(dataFrom + from + start * size, (end - start) * size));
      return size === 8 ? new Float64Array(buffer) : new Float32Array(buffer);
    };
    tensors.set(name, {
      name,
      shape: entry.shape,
      dtype: size === 8 ? "float64" : "float32",
      values: () => read(0, count),
      parts: () => read,
    });
  }
  return tensors;
}

/** Bytes that have a buffer of their own, as those just read have. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}

function parseHeader(bytes: Uint8Array, damaged: (found: string) => UnbatchError): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch {
    // reported below
  }
  throw damaged("a header that is not a JSON object");
}

function isEntry(entry: unknown): entry is Entry {
  if (typeof entry !== "object" || entry === null) return false;
  const { dtype, shape, data_offsets: offsets } = entry as Partial<Entry>;
  const naturals = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && item >= 0);
  return (dtype === "F32" || dtype === "F64") && naturals(shape) && naturals(offsets) && offsets.length === 2;
}
