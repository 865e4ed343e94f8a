/** Deeper than any structure of the Parquet format. */
const MAX_DEPTH = 24;
const MAX_VARINT_BYTES = 10;

/**
 * Walks one struct of Thrift's compact protocol and returns where it ends, without building anything. The parser that
 * follows trusts lengths, depths and varints; here they are held to the bytes that are there.
 * Error: RangeError.
 */
export function thriftStructEnd(bytes: Uint8Array, from: number): number {
  return structEnd(bytes, from, 0);
}

function structEnd(bytes: Uint8Array, from: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new RangeError("metadata nested too deeply");
  let at = from;
  for (;;) {
    const byte = byteAt(bytes, at++);
    const type = byte & 15;
    if (type === 0) return at;
    if (byte >> 4 === 0) at = varintEnd(bytes, at);
    // A boolean field has its value in its type.
    if (type > 2) at = elementEnd(bytes, at, type, depth);
  }
}

function elementEnd(bytes: Uint8Array, at: number, type: number, depth: number): number {
  switch (type) {
    case 1:
    case 2:
    case 3:
      return skip(bytes, at, 1);
    case 4:
    case 5:
    case 6:
      return varintEnd(bytes, at);
    case 7:
      return skip(bytes, at, 8);
    case 8: {
      const end = varintEnd(bytes, at);
      return skip(bytes, end, varint(bytes, at, end));
    }
    case 9:
      return listEnd(bytes, at, depth);
    case 12:
      return structEnd(bytes, at, depth + 1);
    default:
      throw new RangeError(`a metadata field of type ${type}`);
  }
}

function listEnd(bytes: Uint8Array, from: number, depth: number): number {
  const header = byteAt(bytes, from);
  const isLong = header >> 4 === 15;
  let at = isLong ? varintEnd(bytes, from + 1) : from + 1;
  const size = isLong ? varint(bytes, from + 1, at) : header >> 4;
  if (size > bytes.length - at) throw new RangeError(`a metadata list of ${size}`);
  for (let index = 0; index < size; index++) at = elementEnd(bytes, at, header & 15, depth + 1);
  return at;
}

function varintEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (byteAt(bytes, at++) >= 128) {
    if (at - from >= MAX_VARINT_BYTES) throw new RangeError("a metadata number of more than 64 bits");
  }
  return at;
}

function varint(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= from; at--) value = value * 128 + (byteAt(bytes, at) & 127);
  return value;
}

function skip(bytes: Uint8Array, at: number, length: number): number {
  if (length > bytes.length - at) throw new RangeError("metadata ends early");
  return at + length;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError("metadata ends early");
  return byte;
}
