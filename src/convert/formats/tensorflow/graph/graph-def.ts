import type { ByteSource } from "../../../../core/bytes.js";
import { malformed } from "../../malformed.js";
import { type Field, readFields, readSignedVarints } from "../../wire.js";
import { dtypes } from "../dtypes.js";
import { readVariableNames } from "../object-graph.js";
import { type Constant, readConstant, readShape } from "./constant.js";

/** One operation. Its attributes are decoded on demand. */
export interface NodeDef {
  name: string;
  op: string;
  /** `node:2` of a graph, `node:output:2` or an argument's name in a function. Control inputs are left out. */
  inputs: readonly string[];
  attribute(name: string): Attribute;
}

/** AttrValue (tensorflow/core/framework/attr_value.proto): what is asked for, undefined where it is another kind. */
export interface Attribute {
  text?: string;
  integer?: number;
  type?: string;
  types?: readonly string[];
  shape?: readonly number[];
  numbers?: readonly number[];
  constant?: Constant;
  /** The name of the function that is called. */
  callee?: string;
}

export interface FunctionDef {
  name: string;
  arguments: readonly string[];
  nodes: ReadonlyMap<string, NodeDef>;
  /** What each output is, in order: `node:output:0`. */
  returns: readonly string[];
}

/** The serving graph of a SavedModel, or the one that was trained: data, of which nothing is run. */
export interface GraphDef {
  nodes: ReadonlyMap<string, NodeDef>;
  functions: ReadonlyMap<string, FunctionDef>;
  /** The names that it calls variables by, by the keys that they are saved under; empty before TensorFlow 2. */
  variableNames: ReadonlyMap<string, string>;
}

const MAX_FILE_BYTES = 1 << 28;
const MAX_NODES = 1_000_000;
const text = new TextDecoder();

/** Errors: bytes that are no SavedModel. Undefined: a graph too large to be worth reading. */
export function readSavedModel(source: ByteSource): GraphDef | undefined {
  if (source.size > MAX_FILE_BYTES) return undefined;
  try {
    // SavedModel.meta_graphs (2), MetaGraphDef.graph_def (2); of several the first, which is the one for serving.
    const [metaGraph] = messages(source.read(0, source.size), 2);
    const [graph] = metaGraph === undefined ? [] : messages(metaGraph, 2);
    const [objects] = metaGraph === undefined ? [] : messages(metaGraph, 7);
    const variableNames = objects === undefined ? new Map<string, string>() : readVariableNames(objects);
    return { ...readGraph(graph ?? new Uint8Array(0)), variableNames };
  } catch (error) {
    if (error instanceof RangeError) throw malformed(source.name, 0, error.message, "a SavedModel");
    throw error;
  }
}

function readGraph(message: Uint8Array): Omit<GraphDef, "variableNames"> {
  const functions = new Map<string, FunctionDef>();
  for (const library of messages(message, 2))
    for (const one of messages(library, 1)) {
      const read = readFunction(one);
      functions.set(read.name, read);
    }
  return { nodes: readNodes(messages(message, 1)), functions };
}

function readFunction(message: Uint8Array): FunctionDef {
  const [signature = new Uint8Array(0)] = messages(message, 1);
  const names = (field: number): string[] => messages(signature, field).map((arg) => textField(arg, 1));
  const returned = new Map(messages(message, 4).map((entry) => [textField(entry, 1), textField(entry, 2)]));
  return {
    name: textField(signature, 1),
    arguments: names(2),
    nodes: readNodes(messages(message, 3)),
    returns: names(3).map((name) => returned.get(name) ?? ""),
  };
}

function readNodes(encoded: readonly Uint8Array[]): Map<string, NodeDef> {
  if (encoded.length > MAX_NODES) throw new RangeError(`${encoded.length} nodes`);
  return new Map(encoded.map((message) => readNode(message)).map((node) => [node.name, node]));
}

function readNode(message: Uint8Array): NodeDef {
  return {
    name: textField(message, 1),
    op: textField(message, 2),
    inputs: messages(message, 3)
      .map((bytes) => text.decode(bytes))
      .filter((input) => !input.startsWith("^")),
    attribute(name) {
      for (const entry of messages(message, 5))
        if (textField(entry, 1) === name) return readAttribute(messages(entry, 2)[0] ?? new Uint8Array(0));
      return {};
    },
  };
}

function readAttribute(message: Uint8Array): Attribute {
  const attribute: Attribute = {};
  for (const field of readFields(message)) {
    if (field.number === 3 && field.kind === "varint") attribute.integer = field.signed;
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

function messages(message: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const field of readFields(message))
    if (field.number === number && field.kind === "bytes") found.push(field.bytes);
  return found;
}

function textField(message: Uint8Array, number: number): string {
  return text.decode(messages(message, number)[0]);
}
