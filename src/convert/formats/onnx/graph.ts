import type { FileTree } from "../../../core/bytes.js";
import type { Tensor } from "../../../core/tensor.js";
import { type OnnxFile, textOf } from "./message.js";
import { type OnnxTensor, readTensorProto } from "./tensor-proto.js";

const MAX_DEPTH = 16;
const MAX_NODES = 1_000_000;

/** An attribute of a node: what the ONNX-ML operators keep their numbers in. */
export interface Attribute {
  numbers: readonly number[];
  texts: readonly string[];
}

export interface OnnxNode {
  name: string;
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Where it stands, for messages. */
  message: Uint8Array;
  attributes: ReadonlyMap<string, Attribute>;
  /** Of a Loop or an If: the nodes inside. */
  body: readonly OnnxNode[];
}

export interface OnnxGraph {
  tensors: Map<string, Tensor>;
  /** Those of whole numbers, Constants included: shapes, indices. */
  integers: Map<string, Tensor>;
  nodes: OnnxNode[];
  /** Of the whole graph. */
  outputs: string[];
  notes: string[];
}

/** Operators whose attributes are weights, or say how weights are used. */
const READ =
  /^(LinearClassifier|LinearRegressor|TreeEnsembleClassifier|TreeEnsembleRegressor|Gemm|Gather|BatchNormalization|LeakyRelu|Elu|Concat|Transpose|Flatten|Squeeze|Unsqueeze|Slice|GatherND)$/;

/**
 * Initialisers and Constants of a GraphProto and of the graphs inside it (bodies of Loop and If). A Constant of whole
 * numbers is an index or a shape, and is left. Errors: graphs 16 deep, one name for two tensors of other shapes.
 */
export class GraphReader {
  readonly #file: OnnxFile;
  readonly #tree: FileTree;
  readonly #graph: OnnxGraph = { tensors: new Map(), integers: new Map(), nodes: [], outputs: [], notes: [] };

  constructor(file: OnnxFile, tree: FileTree) {
    this.#file = file;
    this.#tree = tree;
  }

  read(message: Uint8Array): OnnxGraph {
    this.#readGraph(message, 0);
    return this.#graph;
  }

  #readGraph(message: Uint8Array, depth: number): void {
    if (depth > MAX_DEPTH) throw this.#file.bad(message, `graphs ${depth} deep`, `at most ${MAX_DEPTH}`);
    for (const field of this.#file.fields(message)) {
      if (field.kind !== "bytes") continue;
      if (field.number === 1) this.#readNode(field.bytes, depth);
      if (field.number === 5) this.#add(readTensorProto(field.bytes, this.#file, this.#tree), field.bytes);
      if (field.number === 12 && depth === 0) this.#graph.outputs.push(this.#parts(field.bytes).name);
      if (field.number === 15) this.#graph.notes.push("a sparse initialiser: left alone");
    }
  }

  #readNode(message: Uint8Array, depth: number): void {
    const texts = new Map<number, string[]>([1, 2, 3, 4].map((number) => [number, []]));
    const attributes: Uint8Array[] = [];
    for (const field of this.#file.fields(message)) {
      if (field.kind !== "bytes") continue;
      texts.get(field.number)?.push(textOf(field.bytes));
      if (field.number === 5) attributes.push(field.bytes);
    }
    const operator = texts.get(4)?.[0] ?? "";
    const outputs = texts.get(2) ?? [];
    const read = new Map<string, Attribute>();
    const before = this.#graph.nodes.length;
    for (const attribute of attributes) {
      const { name, tensors, graphs } = this.#parts(attribute);
      for (const graph of graphs) this.#readGraph(graph, depth + 1);
      if (operator === "Constant") for (const tensor of tensors) this.#addConstant(outputs[0] ?? "", tensor);
      if (READ.test(operator)) read.set(name, this.#numbers(attribute));
    }
    if (this.#graph.nodes.length >= MAX_NODES)
      throw this.#file.bad(message, `more than ${MAX_NODES} nodes`, "fewer");
    this.#graph.nodes.push({
      name: texts.get(3)?.[0] ?? "",
      operator,
      inputs: texts.get(1) ?? [],
      outputs,
      message,
      attributes: read,
      body: this.#graph.nodes.slice(before),
    });
  }

  #parts(message: Uint8Array): { name: string; tensors: Uint8Array[]; graphs: Uint8Array[] } {
    const parts = { name: "", tensors: [] as Uint8Array[], graphs: [] as Uint8Array[] };
    for (const field of this.#file.fields(message)) {
      if (field.kind !== "bytes") continue;
      if (field.number === 1) parts.name = textOf(field.bytes);
      if (field.number === 5) parts.tensors.push(field.bytes);
      if (field.number === 6 || field.number === 11) parts.graphs.push(field.bytes);
    }
    return parts;
  }

  /** `floats`, `ints` and `strings`, packed or one by one. */
  #numbers(message: Uint8Array): Attribute {
    const attribute = { numbers: [] as number[], texts: [] as string[] };
    for (const field of this.#file.fields(message)) {
      if (field.kind === "fixed32" && (field.number === 7 || field.number === 2))
        attribute.numbers.push(new Float32Array(Uint32Array.of(field.value).buffer)[0] ?? 0);
      if (field.kind === "varint" && (field.number === 8 || field.number === 3))
        attribute.numbers.push(field.signed);
      if (field.kind !== "bytes") continue;
      if (field.number === 7) {
        const view = new DataView(field.bytes.buffer, field.bytes.byteOffset, field.bytes.byteLength);
        for (let at = 0; at + 4 <= view.byteLength; at += 4)
          attribute.numbers.push(view.getFloat32(at, true));
      }
      if (field.number === 4 || field.number === 9) attribute.texts.push(textOf(field.bytes));
    }
    return attribute;
  }

  #addConstant(name: string, message: Uint8Array): void {
    const read = readTensorProto(message, this.#file, this.#tree);
    if (/^u?int/.test(read.dtype) && read.tensor !== undefined) this.#graph.integers.set(name, read.tensor);
    if (!/float/.test(read.dtype)) return;
    this.#add({ ...read, name, tensor: read.tensor && { ...read.tensor, name } }, message);
  }

  #add({ name, dtype, tensor }: OnnxTensor, message: Uint8Array): void {
    if (tensor === undefined) {
      this.#graph.notes.push(`${name}: ${dtype}, left alone`);
      return;
    }
    if (this.#graph.tensors.has(name))
      throw this.#file.bad(message, `the tensor ${name} twice`, "each name once");
    this.#graph.tensors.set(name, tensor);
    if (/^u?int/.test(dtype)) this.#graph.integers.set(name, tensor);
  }
}
