import { type Field, readFields, readSignedVarints } from "../../wire.js";
import { dtypes } from "../dtypes.js";
import { type Constant, readConstant, readShape } from "./constant.js";

/** AttrValue (tensorflow/core/framework/attr_value.proto): what is asked for, undefined where it is another kind. */
export interface Attribute {
  text?: string;
  integer?: number;
  truth?: boolean;
  type?: string;
  types?: readonly string[];
  shape?: readonly number[];
  numbers?: readonly number[];
  constant?: Constant;
  /** The name of the function that is called. */
  callee?: string;
}

/** Error: RangeError for damage. */
export function readAttribute(message: Uint8Array): Attribute {
  const attribute: Attribute = {};
  for (const field of readFields(message)) {
    if (field.number === 3 && field.kind === "varint") attribute.integer = field.signed;
    if (field.number === 5 && field.kind === "varint") attribute.truth = field.value === 1;
    if (field.number === 6 && field.kind === "varint") attribute.type = dtypes[field.value] ?? "other";
    if (field.kind !== "bytes") continue;
    if (field.number === 1) readList(field.bytes, attribute);
    if (field.number === 2) attribute.text = text.decode(field.bytes);
    if (field.number === 7) attribute.shape = readShape(field.bytes);
    if (field.number === 8) {
      const constant = readConstant(field.bytes);
      if (constant !== undefined) attribute.constant = constant;
    }
    if (field.number === 10) attribute.callee = textField(field.bytes, 1);
  }
  return attribute;
}

/** AttrValue.ListValue: integers (3) and floats (4) as `numbers`, types (6) as `types`; packed. */
function readList(message: Uint8Array, attribute: Attribute): void {
  const list = { floats: [] as number[], integers: [] as number[], types: [] as string[] };
  for (const field of readFields(message)) {
    if (field.kind !== "bytes") continue;
    if (field.number === 3) list.integers = packed(field);
    if (field.number === 4) {
      const view = new DataView(field.bytes.buffer, field.bytes.byteOffset, field.bytes.byteLength);
      for (let at = 0; at + 4 <= view.byteLength; at += 4) list.floats.push(view.getFloat32(at, true));
    }
    if (field.number === 6) list.types = packed(field).map((type) => dtypes[type] ?? "other");
  }
  attribute.numbers = list.floats.length > 0 ? list.floats : list.integers;
  attribute.types = list.types;
}

function packed(field: Extract<Field, { kind: "bytes" }>): number[] {
  return Array.from(readSignedVarints(field.bytes), Number);
}

const text = new TextDecoder();

/** The messages under a field, in order. Error: RangeError for damage. */
export function messages(message: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const field of readFields(message))
    if (field.number === number && field.kind === "bytes") found.push(field.bytes);
  return found;
}

/** The text under a field; "" where there is none. */
export function textField(message: Uint8Array, number: number): string {
  return text.decode(messages(message, number)[0]);
}
