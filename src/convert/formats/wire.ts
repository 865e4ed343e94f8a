/** One field of a protocol buffers message (encoding specification, "Message Structure"). */
export type Field =
  /** `signed`: the same bits as an int64 in two's complement. */
  | { number: number; kind: "varint"; value: number; signed: number }
  | { number: number; kind: "bytes"; bytes: Uint8Array }
  | { number: number; kind: "fixed32"; value: number }
  | { number: number; kind: "fixed64" };

/** Base-128 varint; exact up to 2^53. Error: RangeError where it does not end. */
export function readVarint(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = from; at < from + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, next: at + 1 };
    scale *= 128;
  }
  throw new RangeError(`a varint that does not end at ${from}`);
}

/** Fields in order. Error: RangeError where one leaves the message. */
export function* readFields(message: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    const number = Math.floor(tag.value / 8);
    at = tag.next;
    switch (tag.value % 8) {
      case 0: {
        const { value, next } = readVarint(message, at);
        const signed = Number.isSafeInteger(value) ? value : Number(signedVarint(message, at, next));
        yield { number, kind: "varint", value, signed };
        at = next;
        break;
      }
      case 1:
        yield { number, kind: "fixed64" };
        at += 8;
        break;
      case 2: {
        const { value, next } = readVarint(message, at);
        if (next + value > message.length) throw new RangeError(`a field of ${value} bytes at ${at}`);
        yield { number, kind: "bytes", bytes: message.subarray(next, next + value) };
        at = next + value;
        break;
      }
      case 5: {
        if (at + 4 > message.length) throw new RangeError(`a fixed32 at ${at}`);
        const view = new DataView(message.buffer, message.byteOffset + at, 4);
        yield { number, kind: "fixed32", value: view.getUint32(0, true) };
        at += 4;
        break;
      }
      default:
        throw new RangeError(`wire type ${tag.value % 8} at ${at}`);
    }
  }
}

/** Packed varints of int64 or int32, in two's complement. Error: RangeError where one does not end. */
export function readSignedVarints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { value, next } = readVarint(bytes, at);
    // Past 2^53 the number is not exact: only then the bits are put together one by one.
    values.push(Number.isSafeInteger(value) ? BigInt(value) : signedVarint(bytes, at, next));
    at = next;
  }
  return values;
}

function signedVarint(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = (value << 7n) | BigInt((bytes[at] ?? 0) & 127);
  return BigInt.asIntN(64, value);
}
