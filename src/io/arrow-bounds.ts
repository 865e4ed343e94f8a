/**
 * Holds the metadata of an Arrow IPC file (FlatBuffers: footer, then a message for each batch) to the bytes that are
 * there. Arrow's own reader believes the lengths of vectors, and a damaged one makes it fill the memory.
 * Slots are those of Arrow's Schema.fbs, Message.fbs and File.fbs. Error: RangeError.
 */
export function checkArrowFile(bytes: Uint8Array): void {
  const footerBytes = bytes.length < 18 ? -1 : viewOf(bytes).getInt32(bytes.length - 10, true);
  const footerFrom = bytes.length - 10 - footerBytes;
  const isWhole = latin1(bytes, 0, 6) === MAGIC && latin1(bytes, bytes.length - 6, bytes.length) === MAGIC;
  if (!isWhole)
    throw new RangeError(`${bytes.length} bytes that begin with ${JSON.stringify(latin1(bytes, 0, 6))}`);
  if (!(footerBytes > 0 && footerFrom >= 8)) throw new RangeError(`a footer of ${footerBytes} bytes`);
  const footer = bufferOf(bytes.subarray(footerFrom, footerFrom + footerBytes));
  checkTable(footer, rootOf(footer), FOOTER);
  for (const slot of [2, 3]) {
    for (const at of structs(footer, rootOf(footer), slot, BLOCK_BYTES)) checkBlock(bytes, footer, at);
  }
}

const MAGIC = "ARROW1";
const BLOCK_BYTES = 24;
const MAX_TABLES = 100_000;
const MAX_DEPTH = 64;

/** What the pointers of a table lead to; its numbers need no check. */
type Shape = Readonly<Record<number, Target>>;
type Target =
  | { kind: "vector"; bytes: number }
  | { kind: "table"; shape: () => Shape }
  | { kind: "tables"; shape: () => Shape };

const text: Target = { kind: "vector", bytes: 1 };
const keyValues: Target = { kind: "tables", shape: () => ({ 0: text, 1: text }) };
const plain: Target = { kind: "table", shape: () => ({}) };
const DICTIONARY_ENCODING: Shape = { 1: plain };
const FIELD: Shape = {
  0: text,
  3: plain,
  4: { kind: "table", shape: () => DICTIONARY_ENCODING },
  5: { kind: "tables", shape: () => FIELD },
  6: keyValues,
};
const SCHEMA: Shape = {
  1: { kind: "tables", shape: () => FIELD },
  2: keyValues,
  3: { kind: "vector", bytes: 8 },
};
const FOOTER: Shape = {
  1: { kind: "table", shape: () => SCHEMA },
  2: { kind: "vector", bytes: BLOCK_BYTES },
  3: { kind: "vector", bytes: BLOCK_BYTES },
  4: keyValues,
};
const RECORD_BATCH: Shape = {
  1: { kind: "vector", bytes: 16 },
  2: { kind: "vector", bytes: 16 },
  3: plain,
  4: { kind: "vector", bytes: 8 },
};
const HEADERS: Readonly<Record<number, Shape>> = {
  2: { 1: { kind: "table", shape: () => RECORD_BATCH } },
  3: RECORD_BATCH,
};

interface FlatBuffer {
  view: DataView;
  tables: number;
}

/** A block's message: its length (after a marker), its metadata, and a body inside the file. */
function checkBlock(bytes: Uint8Array, footer: FlatBuffer, block: number): void {
  const from = int64(footer, block);
  const body = int64(footer, block + 16);
  const length = footer.view.getInt32(block + 8, true);
  if (!(from >= 8 && length > 8 && body >= 0 && from + length + body <= bytes.length)) {
    throw new RangeError(`a batch of ${length} and ${body} bytes at byte ${from}`);
  }
  const isMarked = viewOf(bytes).getInt32(from, true) === -1;
  const message = bufferOf(bytes.subarray(from + (isMarked ? 8 : 4), from + length));
  const root = rootOf(message);
  const type = fieldAt(message, root, 1);
  const shape = HEADERS[type === undefined ? 0 : message.view.getUint8(type)];
  if (shape === undefined) throw new RangeError("a message that is no batch");
  checkTable(message, root, { 2: { kind: "table", shape: () => shape }, 4: keyValues });
  const header = fieldAt(message, root, 2);
  if (header === undefined || shape !== RECORD_BATCH) return;
  checkLengths(message, pointer(message, header), bytes.length);
}

/** Rows, nodes and nulls: every value takes part of a byte at least, so none of them is more than the file's bits. */
function checkLengths(buffer: FlatBuffer, batch: number, fileBytes: number): void {
  const length = fieldAt(buffer, batch, 0);
  const lengths = length === undefined ? [] : [int64(buffer, length)];
  for (const at of structs(buffer, batch, 1, 16)) lengths.push(int64(buffer, at), int64(buffer, at + 8));
  for (const value of lengths) {
    if (!(value >= 0 && value <= fileBytes * 8)) throw new RangeError(`a batch of ${value} rows`);
  }
}

function checkTable(buffer: FlatBuffer, table: number, shape: Shape, depth = 0): void {
  buffer.tables += 1;
  if (buffer.tables > MAX_TABLES || depth > MAX_DEPTH) throw new RangeError("metadata without end");
  for (const [slot, target] of Object.entries(shape)) {
    const at = fieldAt(buffer, table, Number(slot));
    if (at === undefined) continue;
    if (target.kind === "table") {
      checkTable(buffer, pointer(buffer, at), target.shape(), depth + 1);
      continue;
    }
    const { first, count } = vectorAt(buffer, at, target.kind === "vector" ? target.bytes : 4);
    if (target.kind === "vector") continue;
    for (let index = 0; index < count; index++) {
      checkTable(buffer, pointer(buffer, first + 4 * index), target.shape(), depth + 1);
    }
  }
}

/** Where a field's value stands; undefined where the table leaves it out. A DataView throws RangeError beyond its end. */
function fieldAt({ view }: FlatBuffer, table: number, slot: number): number | undefined {
  const vtable = table - view.getInt32(table, true);
  if (4 + 2 * slot >= view.getUint16(vtable, true)) return undefined;
  const offset = view.getUint16(vtable + 4 + 2 * slot, true);
  return offset === 0 ? undefined : table + offset;
}

function pointer({ view }: FlatBuffer, at: number): number {
  return at + view.getUint32(at, true);
}

function vectorAt(buffer: FlatBuffer, at: number, elementBytes: number): { first: number; count: number } {
  const start = pointer(buffer, at);
  const count = buffer.view.getUint32(start, true);
  if (count * elementBytes > buffer.view.byteLength - start - 4) throw new RangeError(`a vector of ${count}`);
  return { first: start + 4, count };
}

function structs(buffer: FlatBuffer, table: number, slot: number, bytes: number): number[] {
  const at = fieldAt(buffer, table, slot);
  if (at === undefined) return [];
  const { first, count } = vectorAt(buffer, at, bytes);
  return Array.from({ length: count }, (_, index) => first + index * bytes);
}

function rootOf(buffer: FlatBuffer): number {
  return pointer(buffer, 0);
}

function int64({ view }: FlatBuffer, at: number): number {
  return Number(view.getBigInt64(at, true));
}

function bufferOf(bytes: Uint8Array): FlatBuffer {
  return { view: viewOf(bytes), tables: 0 };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(from, to)).toString("latin1");
}
