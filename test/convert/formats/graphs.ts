/** TensorFlow SavedModels written by hand: saved_model.pb, as far as graphs and their functions go. */
import { varint } from "./bundles.js";

type Bytes = Uint8Array | readonly number[];
const join = (...parts: Bytes[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)));
const message = (field: number, bytes: Bytes): Buffer =>
  join(varint(field * 8 + 2), varint(bytes.length), bytes);
const words = (field: number, text: string): Buffer => message(field, Buffer.from(text));
const number = (field: number, value: number): Buffer =>
  join(
    varint(field * 8),
    value < 0 ? [...varint(2 ** 32 + value).subarray(0, 4), ...negativeEnd] : varint(value),
  );
/** What follows the low 28 bits of a small negative int64. */
const negativeEnd = [255, 255, 255, 255, 255, 1];

const TYPES = { float32: 1, int32: 3, string: 7, int64: 9, resource: 20 } as const;
export type Type = keyof typeof TYPES;

/** AttrValue. */
export const text = (value: string): Buffer => words(2, value);
export const integer = (value: number): Buffer => number(3, value);
export const type = (value: Type): Buffer => number(6, TYPES[value]);
export const types = (values: readonly Type[]): Buffer =>
  message(
    1,
    message(
      6,
      values.map((value) => TYPES[value]),
    ),
  );
export const callee = (name: string): Buffer => message(10, words(1, name));
export const shape = (sizes: readonly number[]): Buffer => message(7, shapeOf(sizes));
export const floats = (values: readonly number[]): Buffer =>
  message(1, message(4, Buffer.from(Float32Array.from(values).buffer)));

const shapeOf = (sizes: readonly number[]): Buffer =>
  join(...sizes.map((size) => message(2, number(1, size))));

export type Values = readonly number[] | readonly string[];

/** TensorProto as an AttrValue; numbers in `tensor_content`. */
export function tensor(dtype: Type, values: Values, sizes: readonly number[] = [values.length]): Buffer {
  const contents: Record<Type, (given: number[]) => ArrayBufferLike> = {
    float32: (given) => Float32Array.from(given).buffer,
    int32: (given) => Int32Array.from(given).buffer,
    int64: (given) => BigInt64Array.from(given, BigInt).buffer,
    string: () => new ArrayBuffer(0),
    resource: () => new ArrayBuffer(0),
  };
  const body =
    dtype === "string"
      ? join(...values.map((value) => words(8, String(value))))
      : message(4, Buffer.from(contents[dtype](values.map(Number))));
  return message(8, join(number(1, TYPES[dtype]), message(2, shapeOf(sizes)), body));
}

/** NodeDef. */
export function node(
  name: string,
  op: string,
  inputs: readonly string[] = [],
  attributes: Readonly<Record<string, Buffer>> = {},
): Buffer {
  return join(
    words(1, name),
    words(2, op),
    ...inputs.map((input) => words(3, input)),
    ...Object.entries(attributes).map(([key, value]) => message(5, join(words(1, key), message(2, value)))),
  );
}

export const constant = (name: string, dtype: Type, values: Values, sizes?: readonly number[]): Buffer =>
  node(name, "Const", [], { dtype: type(dtype), value: tensor(dtype, values, sizes) });

export const variable = (name: string, sizes: readonly number[]): Buffer =>
  node(name, "VarHandleOp", [], { shared_name: text(name), shape: shape(sizes) });

export interface Body {
  name: string;
  arguments: readonly string[];
  nodes: readonly Buffer[];
  /** By the name of the output. */
  returns: Readonly<Record<string, string>>;
}

function functionDef(body: Body): Buffer {
  const signature = join(
    words(1, body.name),
    ...body.arguments.map((name) => message(2, words(1, name))),
    ...Object.keys(body.returns).map((name) => message(3, words(1, name))),
  );
  return join(
    message(1, signature),
    ...body.nodes.map((one) => message(3, one)),
    ...Object.entries(body.returns).map(([name, from]) => message(4, join(words(1, name), words(2, from)))),
  );
}

/** saved_model.pb with one MetaGraphDef, whose `serving_default` has these outputs, name -> reference. */
export function savedModel(
  nodes: readonly Buffer[],
  functions: readonly Body[] = [],
  outputs: Readonly<Record<string, string>> = {},
): Buffer {
  const library = join(...functions.map((body) => message(1, functionDef(body))));
  const graph = join(...nodes.map((one) => message(1, one)), message(2, library));
  const signature = join(
    ...Object.entries(outputs).map(([name, reference]) =>
      message(2, join(words(1, name), message(2, words(1, reference)))),
    ),
  );
  const entry = join(words(1, "serving_default"), message(2, signature));
  return message(2, join(message(2, graph), message(5, entry)));
}
