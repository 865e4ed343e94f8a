import type { ByteSource } from "../../../../core/bytes.js";
import { malformed } from "../../malformed.js";
import { readVariableNames } from "../object-graph.js";
import { type Attribute, messages, readAttribute, textField } from "./attribute.js";

/** One operation. Its attributes are decoded on demand. */
export interface NodeDef {
  name: string;
  op: string;
  /** `node:2` of a graph, `node:output:2` or an argument's name in a function. Control inputs are left out. */
  inputs: readonly string[];
  attribute(name: string): Attribute;
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
  /** References to the scores before the link, as the signatures name them: `logits`, else all outputs for serving. */
  scores: readonly string[];
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
    return {
      ...readGraph(graph ?? new Uint8Array(0)),
      variableNames,
      scores: scoresOf(metaGraph ?? new Uint8Array(0)),
    };
  } catch (error) {
    if (error instanceof RangeError) throw malformed(source.name, 0, error.message, "a SavedModel");
    throw error;
  }
}

/** MetaGraphDef.signature_def (5): SignatureDef.outputs (2), TensorInfo.name (1). */
function scoresOf(metaGraph: Uint8Array): string[] {
  const signatures = messages(metaGraph, 5).map((entry) => ({
    name: textField(entry, 1),
    outputs: messages(entry, 2)
      .flatMap((signature) => messages(signature, 2))
      .map((output) => ({
        name: textField(output, 1),
        reference: textField(messages(output, 2)[0] ?? new Uint8Array(0), 1),
      })),
  }));
  const all = signatures.flatMap(({ outputs }) => outputs);
  const logits = all.filter(({ name }) => name === "logits");
  const serving = signatures.find(({ name }) => name === "serving_default")?.outputs ?? [];
  const chosen = logits.length > 0 ? logits : serving;
  return [...new Set(chosen.map(({ reference }) => reference))];
}

function readGraph(message: Uint8Array): Pick<GraphDef, "nodes" | "functions"> {
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
