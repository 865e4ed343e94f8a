import type { ByteSource } from "../../../core/bytes.js";
import { elementCount, type TensorValues } from "../../../core/tensor.js";
import { decodeValues, elementBytes } from "../decode-values.js";
import { malformed } from "../malformed.js";
import { unsupported } from "../unsupported.js";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Enough for any header of plain arrays; longer ones describe records. */
export const MAX_HEADER_BYTES = 65_536;

const dtypes: ReadonlyMap<string, string> = new Map([
  ["<f8", "float64"],
  ["<f4", "float32"],
  ["<f2", "float16"],
  ["<i8", "int64"],
  ["<i4", "int32"],
  ["<i2", "int16"],
  ["|i1", "int8"],
  ["<u4", "uint32"],
  ["<u2", "uint16"],
  ["|u1", "uint8"],
  ["|b1", "bool"],
]);

/** What an .npy file (numpy/lib/format.py) says of itself. `text` is of `<U<n>`: n code points of four bytes each. */
export interface NpyHeader {
  content:
    | { kind: "numbers"; dtype: string }
    | { kind: "text"; characters: number }
    | { kind: "other"; descr: string };
  shape: number[];
  isFortran: boolean;
  dataFrom: number;
}

/**
 * Versions 1 to 3. `total` is the size of the whole array file. Errors: no magic number, a header that is no
 * description, pickled objects, a shape that does not fill the file.
 */
export function readNpyHeader(head: Uint8Array, total: number, file: string): NpyHeader {
  if (!MAGIC.every((byte, at) => head[at] === byte) || head.length < 12)
    throw malformed(file, 0, "other bytes at the start", "an .npy array");
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isFirst = head[6] === 1;
  const from = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES || from + length > head.length)
    throw malformed(
      file,
      8,
      `a header of ${length} bytes`,
      `at most ${Math.min(head.length, MAX_HEADER_BYTES)}`,
    );
  const text = new TextDecoder("latin1").decode(head.subarray(from, from + length));
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined) {
    if (!/'descr':\s*\[/.test(text))
      throw malformed(file, from, "no description", "a plain array of numbers");
    const [next, expected] = ["save each field: np.save(FILE, array[FIELD])", "plain arrays of numbers"];
    throw unsupported(`${file}, byte ${from}`, "an array of records", expected, next);
  }
  if (descr.includes("O")) {
    throw unsupported(
      `${file}, byte ${from}`,
      "an array of Python objects, which are pickles and could run code",
      "an array of numbers",
      "np.save(FILE, np.asarray(array, dtype=np.float32), allow_pickle=False)",
    );
  }
  const shape = sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number.parseInt(size, 10)]));
  const header: NpyHeader = {
    content: contentOf(descr),
    shape,
    isFortran: order === "True",
    dataFrom: from + length,
  };
  checkSize(header, total, file, from);
  return header;
}

function contentOf(descr: string): NpyHeader["content"] {
  const dtype = dtypes.get(descr.replace(/^[<|=](?=[iub]1$)/, "|"));
  if (dtype !== undefined) return { kind: "numbers", dtype };
  const characters = /^<U(\d{1,6})$/.exec(descr)?.[1];
  return characters === undefined
    ? { kind: "other", descr }
    : { kind: "text", characters: Number(characters) };
}

function checkSize({ content, shape, dataFrom }: NpyHeader, total: number, file: string, at: number): void {
  if (content.kind === "other") return;
  const size = content.kind === "text" ? 4 * content.characters : (elementBytes[content.dtype] ?? 1);
  const bytes = elementCount(shape) * size;
  if (bytes !== total - dataFrom)
    throw malformed(file, at, `${total - dataFrom} bytes of data`, `${bytes} for [${shape.join(", ")}]`);
}

/** Row-major values of the whole array file. */
export function npyValues(
  { content, shape, isFortran, dataFrom }: NpyHeader,
  file: Uint8Array,
): TensorValues {
  const dtype = content.kind === "numbers" ? content.dtype : "uint8";
  const data = file.subarray(dataFrom);
  return decodeValues(
    dtype,
    isFortran && shape.length > 1 ? rowMajor(data, shape, elementBytes[dtype] ?? 1) : data,
  );
}

/** Elements whose first axis runs fastest -> last axis fastest. */
function rowMajor(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  for (let to = 0; to < bytes.length; to += size) {
    const from = index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0) * size;
    for (let byte = 0; byte < size; byte++) out[to + byte] = bytes[from + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next < (shape[axis] ?? 1) ? next : 0;
      if (next < (shape[axis] ?? 1)) break;
    }
  }
  return out;
}

/** The texts of a one-dimensional `<U<n>` array: UTF-32, filled up with zeros. */
export function npyTexts({ content, dataFrom }: NpyHeader, file: Uint8Array): string[] {
  if (content.kind !== "text" || content.characters === 0) return [];
  const view = new DataView(file.buffer, file.byteOffset + dataFrom, file.length - dataFrom);
  const texts: string[] = [];
  for (let at = 0; at < view.byteLength; at += 4 * content.characters) {
    let text = "";
    for (let character = 0; character < content.characters; character++) {
      const point = view.getUint32(at + 4 * character, true);
      if (point !== 0) text += point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point);
    }
    texts.push(text);
  }
  return texts;
}

export function isNpy(source: ByteSource): boolean {
  return source.size > MAGIC.length && MAGIC.every((byte, at) => source.read(0, MAGIC.length)[at] === byte);
}
