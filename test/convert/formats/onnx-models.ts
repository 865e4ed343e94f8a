import { joined, type Message, message, text, varint } from "../../../src/convert/export/wire-writer.js";

/** ONNX models made by hand, with the protocol buffers of src/convert/export: their own reader is what is tested. */
export type Attribute = readonly [
  name: string,
  value: number | string | readonly number[] | { integers: readonly number[] },
];

const FLOAT = 1;
const INT64 = 7;
const bytesOf = (numbers: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(numbers).buffer);

/** A node that gives `output`, and is called after it. */
export function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Attribute[] = [],
): Message {
  const encoded = (value: Attribute[1]): Message => {
    if (typeof value === "number") return varint(3, value);
    if (typeof value === "object" && "integers" in value)
      return value.integers.flatMap((one) => varint(8, one));
    return typeof value === "string" ? text(4, value) : message(7, [bytesOf(value)]);
  };
  return message(1, [
    ...inputs.flatMap((input) => text(1, input)),
    ...[...text(2, output), ...text(3, output), ...text(4, operator)],
    ...attributes.flatMap(([name, value]) => message(5, [...text(1, name), ...encoded(value)])),
  ]);
}

/** An initialiser of float32. */
export function initialiser(name: string, shape: readonly number[], numbers: readonly number[]): Message {
  return message(5, [
    ...shape.flatMap((size) => varint(1, size)),
    ...[...varint(2, FLOAT), ...text(8, name), ...message(9, [bytesOf(numbers)])],
  ]);
}

/** One of int64. */
export function integers(name: string, numbers: readonly number[]): Message {
  const bytes = new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
  return message(5, [
    ...varint(1, numbers.length),
    ...varint(2, INT64),
    ...text(8, name),
    ...message(9, [bytes]),
  ]);
}

export function onnxModel(parts: readonly Message[], outputs: readonly string[] = ["y"]): Uint8Array {
  const named = outputs.flatMap((name) => message(12, text(1, name)));
  return joined([...varint(1, 8), ...message(7, [...parts.flat(), ...named])]);
}
