import { type ByteSource, byteStretches, type FileTree } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import { elementCount, type Tensor, type TensorValues } from "../../../core/tensor.js";
import { decodeValues, elementBytes } from "../decode-values.js";
import { malformed } from "../malformed.js";
import { storedNumbers } from "../stored-numbers.js";
import { type Entry, readEntry, readHeader } from "./bundle-entry.js";
import { maskedCrc32c } from "./crc32c.js";
import { placed, putPiece, readAcross } from "./partitioned.js";
import { sliceKey } from "./slice-key.js";
import { readTable } from "./sstable.js";
import { readTexts } from "./text-tensor.js";

export interface Bundle {
  tensors: Map<string, Tensor>;
  /** String tensors, element by element. */
  texts: Map<string, () => Uint8Array[]>;
  notes: string[];
}

/** A TensorBundle: `<prefix>.index` and its data shards. Values are read and their checksums verified on demand. */
export function readBundle(tree: FileTree, prefix: string): Bundle {
  const index = tree.open(`${prefix}.index`);
  const table = readTable(index);
  const bundle: Bundle = { tensors: new Map(), texts: new Map(), notes: [] };
  let shards = 1;
  for (const [key, bytes] of table) {
    try {
      if (key === "") shards = readHeader(bytes);
      // Pieces are read with the variable that they are of.
      else if (!key.startsWith("\0")) addEntry(key, readEntry(bytes));
    } catch (error) {
      if (error instanceof RangeError)
        throw malformed(index.name, 0, `entry ${key}: ${error.message}`, "a bundle entry");
      throw error;
    }
  }
  return bundle;

  function addEntry(name: string, entry: Entry): void {
    const { dtype, shape } = entry;
    if (dtype === "string" && entry.slices.length === 0) {
      const source = shardOf(entry);
      checkBounds(name, entry, source);
      bundle.texts.set(name, () => readTextData(name, entry, source));
    } else if (elementBytes[dtype] === undefined) bundle.notes.push(`${name}: ${dtype}, left alone`);
    else {
      const numbers =
        entry.slices.length === 0
          ? storedNumbers(dtype, elementCount(shape), whole(name, entry))
          : joined(name, entry);
      bundle.tensors.set(name, { name, shape, dtype, ...numbers });
    }
  }

  function shardOf({ shard }: Entry): ByteSource {
    return tree.open(`${prefix}.data-${pad(shard)}-of-${pad(shards)}`);
  }

  /** Reads bytes of a tensor; the checksum of all of it is verified the first time. */
  function whole(name: string, entry: Entry): (from: number, length: number) => Uint8Array {
    const source = shardOf(entry);
    checkSize(name, entry, source);
    checkBounds(name, entry, source);
    const { offset, size, crc } = entry;
    let isVerified = crc === undefined;
    return (from, length) => {
      if (!isVerified) {
        checkCrc(name, offset, crc, maskedCrc32c(byteStretches(source, offset, offset + size)), source);
        isVerified = true;
      }
      return source.read(offset + from, length);
    };
  }

  /** The pieces of a partitioned variable, put together. */
  function joined(name: string, { dtype, shape, slices }: Entry): Pick<Tensor, "values" | "parts"> {
    const parts = placed(shape, slices).map((piece, at) => {
      const bytes = table.get(sliceKey(name, slices[at] ?? []));
      if (bytes === undefined) throw new RangeError(`no piece from ${piece.start.join(", ")}`);
      const entry = readEntry(bytes);
      if (entry.dtype !== dtype || elementCount(entry.shape) !== elementCount(piece.shape))
        throw new RangeError(`a piece of ${entry.dtype} [${entry.shape.join(", ")}]`);
      return { piece, size: entry.size, read: whole(name, entry) };
    });
    const bytesOf = elementBytes[dtype] ?? 1;
    const across = readAcross(shape, parts);
    if (across !== undefined) return storedNumbers(dtype, elementCount(shape), across);
    const values = (): TensorValues => {
      const bytes = new Uint8Array(elementCount(shape) * bytesOf);
      for (const { piece, size, read } of parts) putPiece(bytes, shape, piece, read(0, size), bytesOf);
      return decodeValues(dtype, bytes);
    };
    return { values };
  }
}

function checkSize(name: string, { dtype, shape, offset, size }: Entry, source: ByteSource): void {
  const expected = elementCount(shape) * (elementBytes[dtype] ?? 1);
  if (size === expected) return;
  const found = `${size} bytes for ${name}`;
  throw malformed(source.name, offset, found, `${expected} for ${dtype} [${shape.join(", ")}]`);
}

function checkBounds(name: string, { offset, size }: Entry, source: ByteSource): void {
  if (offset + size <= source.size) return;
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

function readTextData(name: string, { shape, offset, size, crc }: Entry, source: ByteSource): Uint8Array[] {
  try {
    const { texts, crc: computed } = readTexts(source.read(offset, size), elementCount(shape));
    checkCrc(name, offset, crc, computed, source);
    return texts;
  } catch (error) {
    if (error instanceof RangeError)
      throw malformed(source.name, offset, `${name}: ${error.message}`, "a tensor of texts");
    throw error;
  }
}

function checkCrc(
  name: string,
  offset: number,
  stored: number | undefined,
  computed: number,
  source: ByteSource,
): void {
  if (stored === undefined || stored === computed) return;
  throw malformed(source.name, offset, `checksum ${computed.toString(16)} of ${name}`, stored.toString(16));
}

function pad(shard: number): string {
  return String(shard).padStart(5, "0");
}
