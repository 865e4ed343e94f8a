import { elementsAt, fieldAt, int64At, rootOf, tableAt, tablesAt, textAt } from "./flatbuffer.js";

/** A column of an Arrow file; 64-bit integers are bigints. */
export interface ArrowColumn {
  name: string;
  /** utf8, int32, uint8, float64, … */
  type: string;
  values: (string | number | bigint)[];
}

interface Field {
  name: string;
  type: string;
}

const MAGIC = "ARROW1";
/** The footer's length and the magic end the file. */
const TAIL_BYTES = 10;
const BLOCK_BYTES = 24;
const RECORD_BATCH = 3;

/**
 * The columns of an Arrow IPC file (format specification, "IPC File Format"; slots are those of File.fbs, Schema.fbs and
 * Message.fbs): flat, without nulls, dictionaries and compression, which is what a vocabulary needs. Read here and not
 * by Arrow's library, which on damaged metadata fills the memory or never ends.
 * Error: RangeError for all else, and TypeError for texts that are not UTF-8.
 */
export function readArrowFile(bytes: Uint8Array): ArrowColumn[] {
  const ends = [bytes.subarray(0, 6), bytes.subarray(-6)].map((end) => Buffer.from(end).toString("latin1"));
  if (ends[0] !== MAGIC)
    throw new RangeError(`${bytes.length} bytes that begin with ${JSON.stringify(ends[0])}`);
  if (ends[1] !== MAGIC || bytes.length < TAIL_BYTES + 8)
    throw new RangeError(`${bytes.length} bytes without the end`);
  const footerBytes = viewOf(bytes).getInt32(bytes.length - TAIL_BYTES, true);
  const footer = slice(bytes, bytes.length - TAIL_BYTES - footerBytes, footerBytes);
  const root = rootOf(footer);
  const schema = tableAt(footer, root, 1);
  if (schema === undefined) throw new RangeError("no schema");
  if (numberAt(footer, schema, 0) !== 0) throw new RangeError("big-endian values");
  if (elementsAt(footer, root, 2, BLOCK_BYTES).length > 0) throw new RangeError("dictionary-encoded columns");
  const columns = tablesAt(footer, schema, 1).map((field) => ({ ...fieldOf(footer, field), values: [] }));
  for (const block of elementsAt(footer, root, 3, BLOCK_BYTES)) {
    const from = int64At(footer, block);
    const length = footer.getInt32(block + 8, true);
    readBatch(columns, slice(bytes, from, length), slice(bytes, from + length, int64At(footer, block + 16)));
  }
  return columns;
}

function fieldOf(view: DataView, field: number): Field {
  const type = tableAt(view, field, 3);
  return {
    name: textAt(view, field, 0),
    type: type === undefined ? "" : typeOf(view, numberAt(view, field, 2), type),
  };
}

/** The union of types: 2 is Int (width, sign), 3 is FloatingPoint (precision), 5 is Utf8. */
function typeOf(view: DataView, kind: number, type: number): string {
  if (kind === 5) return "utf8";
  if (kind === 3) return ["float16", "float32", "float64"][numberAt(view, type, 0)] ?? "";
  if (kind !== 2) return `type ${kind}`;
  const signed = fieldAt(view, type, 1);
  return `${signed !== undefined && view.getUint8(signed) !== 0 ? "" : "u"}int${numberAt(view, type, 0)}`;
}

function readBatch(columns: readonly ArrowColumn[], message: DataView, body: DataView): void {
  // Since format 0.15 a marker stands before the metadata's length.
  const start = message.getInt32(0, true) === -1 ? 8 : 4;
  const view = new DataView(message.buffer, message.byteOffset + start, message.byteLength - start);
  const root = rootOf(view);
  const batch = tableAt(view, root, 2);
  if (numberAt(view, root, 1) !== RECORD_BATCH || batch === undefined)
    throw new RangeError("a message that is no batch");
  if (fieldAt(view, batch, 3) !== undefined) throw new RangeError("compressed batches");
  const rowsAt = fieldAt(view, batch, 0);
  const rows = rowsAt === undefined ? 0 : int64At(view, rowsAt);
  const nodes = elementsAt(view, batch, 1, 16);
  const buffers = elementsAt(view, batch, 2, 16).map((at) =>
    slice(body, int64At(view, at), int64At(view, at + 8)),
  );
  let next = 0;
  for (const [index, column] of columns.entries()) {
    const node = nodes[index];
    if (node === undefined || int64At(view, node) !== rows)
      throw new RangeError(`not ${rows} rows of ${column.name}`);
    if (int64At(view, node + 8) !== 0) throw new RangeError(`nulls in ${column.name}`);
    const [first, second] = [buffers[next + 1], buffers[next + 2]];
    if (first === undefined) throw new RangeError(`no values of ${column.name}`);
    const isText = column.type === "utf8";
    if (isText) appendTexts(column.values, first, second, rows);
    else appendNumbers(column.values, first, column.type, rows);
    next += isText ? 3 : 2;
  }
}

function appendTexts(values: unknown[], offsets: DataView, texts: DataView | undefined, rows: number): void {
  if (rows === 0) return;
  if (texts === undefined || (rows + 1) * 4 > offsets.byteLength)
    throw new RangeError(`fewer than ${rows} texts`);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let row = 0; row < rows; row++) {
    const from = offsets.getInt32(row * 4, true);
    values.push(decoder.decode(slice(texts, from, offsets.getInt32(row * 4 + 4, true) - from)));
  }
}

function appendNumbers(values: unknown[], data: DataView, type: string, rows: number): void {
  const reader = READERS[type];
  if (reader === undefined) throw new RangeError(`values of ${type}`);
  if (rows * reader.width > data.byteLength) throw new RangeError(`fewer than ${rows} values`);
  for (let row = 0; row < rows; row++) values.push(reader.read(data, row * reader.width));
}

const READERS: Readonly<
  Record<string, { width: number; read: (view: DataView, at: number) => number | bigint }>
> = {
  int8: { width: 1, read: (view, at) => view.getInt8(at) },
  uint8: { width: 1, read: (view, at) => view.getUint8(at) },
  int16: { width: 2, read: (view, at) => view.getInt16(at, true) },
  uint16: { width: 2, read: (view, at) => view.getUint16(at, true) },
  int32: { width: 4, read: (view, at) => view.getInt32(at, true) },
  uint32: { width: 4, read: (view, at) => view.getUint32(at, true) },
  int64: { width: 8, read: (view, at) => view.getBigInt64(at, true) },
  uint64: { width: 8, read: (view, at) => view.getBigUint64(at, true) },
  float32: { width: 4, read: (view, at) => view.getFloat32(at, true) },
  float64: { width: 8, read: (view, at) => view.getFloat64(at, true) },
};

/** Small scalars of the metadata: a field left out is 0. One byte is enough for those that are looked at. */
function numberAt(view: DataView, table: number, slot: number): number {
  const at = fieldAt(view, table, slot);
  return at === undefined ? 0 : view.getUint8(at);
}

function slice(of: Uint8Array | DataView, from: number, length: number): DataView {
  if (!(from >= 0 && length >= 0 && from + length <= of.byteLength))
    throw new RangeError(`${length} bytes at ${from}`);
  return new DataView(of.buffer, of.byteOffset + from, length);
}

function viewOf(bytes: Uint8Array): DataView {
  return slice(bytes, 0, bytes.length);
}
