import type { SchemaElement } from "hyparquet";
import type { ColumnType } from "../../core/column.js";

/** What the values of a flat column mean, and how a physical value becomes one of ours. */
export interface LogicalType {
  type: Exclude<ColumnType, "unsupported">;
  /** As the file says it. */
  physicalType: string;
  /** Physical number -> ours; absent where it is the same. */
  convert?: (value: number) => number;
  /** Bytes of a fixed-length or variable-length value -> number (decimals, half floats). */
  numberOfBytes?: (bytes: Uint8Array) => number;
  /** Bytes -> text; absent for UTF-8. */
  textOfBytes?: (bytes: Uint8Array) => string;
  unsigned?: boolean;
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
      return { type: "timestamp", physicalType: "INT96" };
    case "INT32":
    case "INT64": {
      if (isDecimal) {
        const factor = 10 ** -(element.scale ?? 0);
        return { type: "float", physicalType, convert: (value) => value * factor };
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
      if (logical?.type === "FLOAT16") return { type: "float", physicalType, numberOfBytes: halfFloat };
      if (logical?.type === "UUID") return { type: "text", physicalType, textOfBytes: uuidText };
      return undefined;
    default:
      return undefined;
  }
}

function temporal(
  { converted_type: converted, logical_type: logical }: SchemaElement,
  physicalType: string,
): LogicalType | undefined {
  const scaled = (factor: number): LogicalType => ({
    type: "timestamp",
    physicalType,
    ...(factor === 1 ? {} : { convert: (value: number) => Math.floor(value * factor) }),
  });
  if (converted === "DATE" || logical?.type === "DATE") return scaled(DAY_MICROS);
  if (logical?.type === "TIMESTAMP") return scaled({ MILLIS: 1e3, MICROS: 1, NANOS: 1e-3 }[logical.unit]);
  if (converted === "TIMESTAMP_MILLIS") return scaled(1e3);
  if (converted === "TIMESTAMP_MICROS") return scaled(1);
  return undefined;
}

/** Big-endian two's complement times 10^-scale. */
function decimalBytes(element: SchemaElement, physicalType: string): LogicalType {
  const factor = 10 ** -(element.scale ?? 0);
  const numberOfBytes = (bytes: Uint8Array): number => {
    let value = 0;
    for (const byte of bytes) value = value * 256 + byte;
    if ((bytes[0] ?? 0) >= 128) value -= 256 ** bytes.length;
    return value * factor;
  };
  return { type: "float", physicalType, numberOfBytes };
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
