import { activationNamed, type Graph, type GraphNode, type Operation } from "../../graph.js";
import { type Json, member } from "../json.js";

const MAX_NODES = 200_000;

const plain: Readonly<Record<string, Operation["kind"]>> = {
  Placeholder: "input",
  AddN: "sum",
  Add: "sum",
  AddV2: "sum",
  BiasAdd: "sum",
  Mul: "product",
  Sum: "total",
  Softmax: "softmax",
  ...Object.fromEntries(
    ["Identity", "Cast", "ExpandDims", "Reshape", "Squeeze", "StopGradient"].map((name) => [name, "same"]),
  ),
};

/** Operations whose inputs are all numbers; the others have numbers first, and beside them weights, shapes and axes. */
const MANY = new Set<Operation["kind"]>(["sum", "product", "other"]);

/**
 * The nodes of a TensorFlow.js Graph model (`modelTopology.node`) by what they do to a row of numbers, as for an ONNX graph; of
 * an operation fused by the converter, the layer, its bias and its activation. Undefined where there are none.
 */
export function tfjsGraph(model: Json, tensors: ReadonlyMap<string, unknown>): Graph | undefined {
  const list = member(model, "modelTopology", "node");
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const nodes = new Map<string, GraphNode>();
  const read = new Set<string>();
  for (const node of list.slice(0, MAX_NODES)) {
    const [name, inputs] = [textOf(member(node, "name")), inputsOf(node)];
    const operation = operationOf(node, inputs, tensors);
    for (const input of inputs) read.add(input);
    nodes.set(name, { inputs: numbersAmong(operation, inputs), operation });
  }
  const signature = member(model, "signature") ?? member(model, "userDefinedMetadata", "signature");
  const named = member(signature, "outputs");
  const said =
    named instanceof Map ? [...named.values()].map((one) => plainName(textOf(member(one, "name")))) : [];
  const outputs = said.length > 0 ? said : [...nodes.keys()].filter((name) => !read.has(name));
  return { nodes, outputs };
}

function numbersAmong({ kind }: Operation, inputs: readonly string[]): readonly string[] {
  if (MANY.has(kind)) return inputs;
  if (kind === "concatenation") return inputs.slice(0, -1);
  return kind === "rows" ? inputs.slice(1, 2) : inputs.slice(0, 1);
}

function operationOf(
  node: Json,
  inputs: readonly string[],
  tensors: ReadonlyMap<string, unknown>,
): Operation {
  const [name, op] = [textOf(member(node, "name")), textOf(member(node, "op"))];
  const isTrue = (attribute: string): boolean => member(node, "attr", attribute, "b") === true;
  const other: Operation = { kind: "other", name: `${op} ${name}` };
  const [first = "", second = ""] = inputs;
  if (op === "Const") return tensors.has(name) ? { kind: "tensor", tensor: name } : other;
  const known = plain[op];
  if (known !== undefined) return { kind: known } as Operation;
  if (/^(GatherV2|Gather)$/.test(op)) return tensors.has(first) ? { kind: "rows", tensor: first } : other;
  if (op === "ConcatV2") return { kind: "concatenation" };
  if (op === "MatMul" || op === "_FusedMatMul") {
    if (!tensors.has(second) || isTrue("transpose_a")) return other;
    const layout = isTrue("transpose_b") ? "transposed" : "rows";
    const [bias, named = "linear", ...more] = fusedOps(node);
    const activation = activationNamed(named);
    const isPlain =
      bias === undefined
        ? inputs.length === 2
        : bias === "BiasAdd" && inputs.length === 3 && tensors.has(inputs[2] ?? "");
    if (activation === undefined || !isPlain || more.length > 0) return other;
    return {
      kind: "layer",
      kernel: second,
      layout,
      bias: bias === undefined ? undefined : inputs[2],
      activation,
    };
  }
  const slope = member(node, "attr", "alpha", "f");
  const activation = activationNamed(
    op,
    op === "LeakyRelu" ? (typeof slope === "number" ? slope : 0.2) : undefined,
  );
  return activation === undefined ? other : { kind: "activation", activation };
}

/** `fused_ops` of the converter: texts in base64. */
function fusedOps(node: Json): string[] {
  const list = member(node, "attr", "fused_ops", "list", "s");
  return Array.isArray(list)
    ? list.map((text) => Buffer.from(textOf(text), "base64").toString("latin1"))
    : [];
}

/** Names of nodes; those after `^` only say what has to run before. */
function inputsOf(node: Json): string[] {
  const list = member(node, "input");
  const names = Array.isArray(list) ? list.map(textOf) : [];
  return names.filter((name) => !name.startsWith("^")).map(plainName);
}

/** Without the number of the output. */
function plainName(name: string): string {
  return name.replace(/:\d+$/, "");
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
