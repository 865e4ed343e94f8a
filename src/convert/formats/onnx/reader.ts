import type { FileTree } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { mainFile } from "../main-file.js";
import { malformed } from "../malformed.js";
import { GraphReader, type OnnxGraph, type OnnxNode } from "./graph.js";
import { readLinearModels } from "./linear.js";
import { OnnxFile } from "./message.js";
import { onnxGraph } from "./operations.js";
import { refuseOperators } from "./refused.js";
import { readTreeEnsemble } from "./tree-ensemble.js";

const NAME = /\.onnx$/i;
/** A protocol buffers message cannot be longer. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

/** ONNX: initialisers and Constants, subgraphs included; linear models and trees of ONNX-ML. */
export const onnx: SyncReader = {
  format: "onnx",
  /** By its name: a message has no magic number. */
  recognises(tree) {
    const name = mainFile(tree, NAME);
    return name !== undefined && NAME.test(name);
  },
  read(tree): Checkpoint {
    const source = tree.open(mainFile(tree, NAME) ?? "");
    if (source.size > MAX_FILE_BYTES)
      throw malformed(source.name, 0, `${source.size} bytes`, `an ONNX model of at most ${MAX_FILE_BYTES}`);
    const bytes = source.read(0, source.size);
    const file = new OnnxFile(source.name, bytes);
    const graph = readModel(bytes, file, tree);
    refuseOperators(graph, source.name);
    const trees = readTreeEnsemble(graph.nodes, file);
    const tensors = new Map([...graph.tensors, ...readLinearModels(graph.nodes, file)]);
    if (tensors.size === 0 && trees === undefined) throw withoutWeights(source.name, graph);
    return {
      format: "onnx",
      tensors,
      graph: onnxGraph({ ...graph, tensors }),
      slots: [],
      vocabularies: new Map(),
      hyperparameters: softmaxOf(graph),
      ...(trees === undefined ? {} : { trees }),
      notes: [...graph.notes, ...anonymousNotes(graph)],
    };
  },
};

function readModel(bytes: Uint8Array, file: OnnxFile, tree: FileTree): OnnxGraph {
  let graph: Uint8Array | undefined;
  for (const field of file.fields(bytes))
    if (field.number === 7 && field.kind === "bytes") graph = field.bytes;
  if (graph === undefined) throw file.bad(bytes, "no graph", "an ONNX model");
  return new GraphReader(file, tree).read(graph);
}

/** A linear classifier of two outputs is read otherwise where they go through a softmax. */
function softmaxOf({ nodes }: OnnxGraph): Map<string, number> {
  const isSoftmax = nodes.some(
    ({ operator, attributes }) =>
      operator === "LinearClassifier" && attributes.get("post_transform")?.texts[0] === "SOFTMAX",
  );
  return isSoftmax ? new Map([["softmax", 1]]) : new Map();
}

/** An exporter names a weight that it transposed after the operator alone: where it is used says what it is. */
function anonymousNotes({ tensors, nodes }: OnnxGraph): string[] {
  const users = new Map<string, OnnxNode>();
  for (const node of nodes) for (const name of node.inputs) if (!users.has(name)) users.set(name, node);
  return [...tensors.keys()]
    .filter((name) => /^(onnx::|\d+$)/.test(name))
    .flatMap((name) => {
      const user = users.get(name);
      if (user === undefined) return [];
      const node = user.name === "" ? `the node that gives ${user.outputs[0] ?? "nothing"}` : user.name;
      const layout = user.operator === "MatMul" && user.inputs[1] === name ? ", as [in, out]" : "";
      return [`${name}: an input of ${user.operator} ${node}${layout}`];
    });
}

function withoutWeights(file: string, { nodes }: OnnxGraph): UnbatchError {
  return new UnbatchError({
    where: `${file}, byte 0`,
    found: `a graph of ${nodes.length} nodes without a weight in it`,
    expected: "initialisers or Constants",
    next: "export with the weights inside: torch.onnx.export(model, inputs, FILE, export_params=True)",
  });
}
