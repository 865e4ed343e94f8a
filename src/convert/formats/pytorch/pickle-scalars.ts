import type { PickleBytes } from "./pickle-bytes.js";
import type { PickleValue } from "./pickle-value.js";

/** The value that an opcode has after it, or is; undefined for an opcode of another kind. */
export function readScalar(opcode: number, bytes: PickleBytes): PickleValue | undefined {
  switch (opcode) {
    case 0x4e: // NONE
      return null;
    case 0x88: // NEWTRUE
      return true;
    case 0x89: // NEWFALSE
      return false;
    case 0x4b: // BININT1
      return bytes.byte();
    case 0x4d: // BININT2
      return bytes.uint(2);
    case 0x4a: // BININT
      return bytes.int32();
    case 0x8a: // LONG1
      return bytes.long(bytes.byte());
    case 0x8b: // LONG4
      return bytes.long(bytes.uint(4));
    case 0x47: // BINFLOAT
      return bytes.float64();
    case 0x58: // BINUNICODE
      return bytes.text(bytes.uint(4));
    case 0x8c: // SHORT_BINUNICODE
      return bytes.text(bytes.byte());
    case 0x8d: // BINUNICODE8
      return bytes.text(bytes.uint(8));
    case 0x55: // SHORT_BINSTRING
      return bytes.text(bytes.byte());
    case 0x54: // BINSTRING
      return bytes.text(bytes.uint(4));
    case 0x43: // SHORT_BINBYTES
      return bytes.take(bytes.byte());
    case 0x42: // BINBYTES
      return bytes.take(bytes.uint(4));
    case 0x8e: // BINBYTES8
      return bytes.take(bytes.uint(8));
    default:
      return undefined;
  }
}
