import type { SchemaElement } from "hyparquet";
import type { ValueType } from "../../core/column.js";

/** What the values of a column mean, and how a physical value becomes one of ours. */
export interface LogicalType {
  type: ValueType;
  /** As the file says it. */
  physicalType: string;
  unsigned?: boolean;
  /** Physical number -> ours; absent where it is the same. */
  convert?: (value: number) => number;
  /** The two halves of a 64-bit value -> ours, where a double cannot hold the value itself. */
  ofHalves?: (low: number, high: number) => number;
  /** Bytes -> number (decimals, half floats). */
  numberOfBytes?: (bytes: Uint8Array) => number;
  /** Bytes -> text; absent for UTF-8. */
  textOfBytes?: (bytes: Uint8Array) => string;
}

const DAY_MICROS = 86_400e6;

/** Undefined for types that no column of an interaction log has (intervals, raw fixed-length bytes, groups). */
export function logicalType(element: SchemaElement): LogicalType | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  const physicalType = [type, converted ?? logical?.type].filter((part) => part !== undefined).join(" ");
  const isDecimal = converted === "DECIMAL" || logical?.type === "DECIMAL";
  switch (type) {
    case "BOOLEAN":
      return { type: "boolean", physicalType };
    case "FLOAT":
    case "DOUBLE":
      return { type: "float", physicalType };
    case "INT96":
      return { type: "timestamp", physicalType };
    case "INT32":
    case "INT64": {
      if (isDecimal) {
        const divisor = decimalDivisor(element);
        return { type: "float", physicalType, convert: (value) => value / divisor };
      }
      const unsigned =
        converted?.startsWith("UINT") === true || (logical?.type === "INTEGER" && !logical.isSigned);
      return (
        temporal(element, physicalType) ?? {
          type: "integer",
          physicalType,
          ...(unsigned ? { unsigned } : {}),
        }
      );
    }
    case "BYTE_ARRAY":
      if (isDecimal) return decimalBytes(element, physicalType);
      if (converted === "BSON" || logical?.type === "BSON") return undefined;
      return { type: "text", physicalType };
    case "FIXED_LEN_BYTE_ARRAY":
      if (isDecimal) return decimalBytes(element, physicalType);
      if (logical?.type === "FLOAT16" && element.type_length === 2) {
        return { type: "float", physicalType, numberOfBytes: halfFloat };
      }
      if (logical?.type === "UUID" && element.type_length === 16) {
        return { type: "text", physicalType, textOfBytes: uuidText };
      }
      return undefined;
    default:
      return undefined;
  }
}

function temporal(element: SchemaElement, physicalType: string): LogicalType | undefined {
  const { type, converted_type: converted, logical_type: logical } = element;
  const timestamp = { type: "timestamp", physicalType } as const;
  if (type === "INT32") {
    const isDate = converted === "DATE" || logical?.type === "DATE";
    return isDate ? { ...timestamp, convert: (days) => days * DAY_MICROS } : undefined;
  }
  const unit =
    logical?.type === "TIMESTAMP"
      ? logical.unit
      : { TIMESTAMP_MILLIS: "MILLIS", TIMESTAMP_MICROS: "MICROS" }[converted as string];
  if (unit === "MILLIS") return { ...timestamp, convert: (millis) => millis * 1e3 };
  if (unit === "MICROS") return timestamp;
  if (unit === "NANOS") return { ...timestamp, ofHalves: microsOfNanos };
  return undefined;
}

/** floor(nanos / 1000), exactly: the nanoseconds of today are more than a double holds. */
function microsOfNanos(low: number, high: number): number {
  const quotient = Math.floor(high / 1000);
  const rest = high - quotient * 1000;
  return quotient * 4294967296 + Math.floor((rest * 4294967296 + low) / 1000);
}

/** Division by a power of ten rounds once; multiplying by 10^-scale would round twice (57 / 100 is 0.57). */
function decimalDivisor({ scale = 0 }: SchemaElement): number {
  if (!(scale >= 0 && scale <= 76)) throw new RangeError(`a decimal of scale ${scale}`);
  return Number(`1e${scale}`);
}

/** Big-endian two's complement times 10^-scale. */
function decimalBytes(element: SchemaElement, physicalType: string): LogicalType {
  const divisor = decimalDivisor(element);
  const numberOfBytes = (bytes: Uint8Array): number => {
    if (bytes.length > 6) return Number(wideInteger(bytes)) / divisor;
    let value = 0;
    for (const byte of bytes) value = value * 256 + byte;
    if ((bytes[0] ?? 0) >= 128) value -= 256 ** bytes.length;
    return value / divisor;
  };
  return { type: "float", physicalType, numberOfBytes };
}

function wideInteger(bytes: Uint8Array): bigint {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}

function halfFloat(bytes: Uint8Array): number {
  const bits = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
