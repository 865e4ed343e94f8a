import type { ByteSource } from "../../../core/bytes.js";
import { elementCount, type Tensor } from "../../../core/tensor.js";
import { elementBytes } from "../decode-values.js";
import { type Json, parseJson } from "../json.js";
import { malformed } from "../malformed.js";
import { storedNumbers } from "../stored-numbers.js";

/** As the reference implementation's MAX_HEADER_SIZE. */
const MAX_HEADER_BYTES = 100_000_000;

const dtypes: ReadonlyMap<string, string> = new Map([
  ["F64", "float64"],
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["I64", "int64"],
  ["I32", "int32"],
  ["U32", "uint32"],
  ["I16", "int16"],
  ["U16", "uint16"],
  ["I8", "int8"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);

interface Entry {
  name: string;
  dtype: string;
  shape: number[];
  from: number;
  to: number;
}

export interface SafetensorsFile {
  tensors: Map<string, Tensor>;
  notes: string[];
}

/**
 * One file (huggingface/safetensors, README "Format"): u64 header length, JSON header, data without holes. Values are
 * read on demand. Errors: a header outside of the file, a name twice, entries that overlap, leave a hole, leave the
 * file or do not match their shape.
 */
export function readSafetensors(source: ByteSource): SafetensorsFile {
  const { header, dataFrom } = readHeader(source);
  const notes: string[] = [];
  const entries: Entry[] = [];
  for (const [name, value] of header) {
    if (name === "__metadata__") notes.push(`metadata: ${metadataWords(value)}`);
    else entries.push(readEntry(name, value, source.name));
  }
  checkPlaces(entries, source, dataFrom);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, from } of entries) {
    const known = dtypes.get(dtype);
    if (known === undefined) {
      notes.push(`${name}: ${dtype}, left alone`);
      continue;
    }
    tensors.set(name, {
      name,
      shape,
      dtype: known,
      ...storedNumbers(known, elementCount(shape), (at, length) => source.read(dataFrom + from + at, length)),
    });
  }
  return { tensors, notes };
}

function readHeader(source: ByteSource): { header: Map<string, Json>; dataFrom: number } {
  if (source.size < 8) throw malformed(source.name, 0, `${source.size} bytes`, "a safetensors file");
  const first = source.read(0, 8);
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  const most = Math.min(MAX_HEADER_BYTES, source.size - 8);
  if (length > BigInt(most))
    throw malformed(source.name, 0, `a header of ${length} bytes`, `at most ${most} in this file`);
  const header = parseJson(source.read(8, Number(length)), source.name, 8);
  if (!(header instanceof Map)) throw malformed(source.name, 8, "a header that is no object", "{...}");
  return { header, dataFrom: 8 + Number(length) };
}

function readEntry(name: string, value: Json, file: string): Entry {
  const [dtype, shape, offsets] = ["dtype", "shape", "data_offsets"].map((key) =>
    value instanceof Map ? value.get(key) : undefined,
  );
  const [from, to] = naturals(offsets) ?? [];
  const sizes = naturals(shape);
  const reserved = name === "__proto__";
  if (
    typeof dtype !== "string" ||
    sizes === undefined ||
    from === undefined ||
    to === undefined ||
    reserved
  ) {
    throw malformed(
      file,
      8,
      `the entry ${JSON.stringify(name.slice(0, 80))}`,
      "dtype, shape and data_offsets",
    );
  }
  const known = dtypes.get(dtype);
  const expected = known === undefined ? to - from : elementCount(sizes) * (elementBytes[known] ?? 1);
  if (to - from !== expected || to < from) {
    throw malformed(
      file,
      8,
      `${name} at ${from} to ${to}`,
      `${expected} bytes, as ${dtype} [${sizes.join(", ")}]`,
    );
  }
  return { name, dtype, shape: sizes, from, to };
}

function checkPlaces(entries: readonly Entry[], source: ByteSource, dataFrom: number): void {
  const sorted = [...entries].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of sorted) {
    if (from !== end) {
      const what = from < end ? "overlaps the tensor before it" : "leaves a hole before it";
      throw malformed(source.name, dataFrom + from, `${name} ${what}`, `data from byte ${dataFrom + end}`);
    }
    end = to;
  }
  if (dataFrom + end !== source.size) {
    throw malformed(
      source.name,
      source.size,
      `${source.size - dataFrom} bytes of data`,
      `${end}, as the header says`,
    );
  }
}

function naturals(value: Json | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.filter((item): item is number => Number.isSafeInteger(item) && Number(item) >= 0);
  return numbers.length === value.length ? numbers : undefined;
}

function metadataWords(value: Json): string {
  if (!(value instanceof Map)) return "no object";
  const words = [...value].slice(0, 10).map(([key, text]) => `${key} ${String(text)}`.slice(0, 100));
  return words.join(", ");
}
