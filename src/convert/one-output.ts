import { UnbatchError } from "../core/errors.js";
import { elementCount, type Tensor } from "../core/tensor.js";
import type { Checkpoint } from "./checkpoint.js";
import type { Graph } from "./graph.js";

/** The layer that gives a model's outputs, a unit each. */
interface LastLayer {
  kernel: string;
  layout: "rows" | "transposed";
  bias?: string | undefined;
  /** The node of a graph that gives its numbers, below any softmax. */
  node?: string;
}

const MAX_DEPTH = 500;

/**
 * A network with several outputs as the one of the unit that `checkpoint.output` says: its last layer has that unit's
 * weights alone, with their optimizer's slots, and a softmax over the outputs is left out, so that the unit's own number is
 * the score of that class against the rest. The layer is the graph's; without a graph, the last matrix with a vector of
 * biases as long as one of its sides, or the only matrix. Errors: no such layer, an output that it has not.
 */
export function withOneOutput(checkpoint: Checkpoint, output: number, where: string): Checkpoint {
  const { tensors, slots, graph, notes } = checkpoint;
  const last = graph === undefined ? lastMatrix(checkpoint) : lastLayer(graph);
  const kernel = tensors.get(last?.kernel ?? "");
  const [rows = 0, columns = 0] = kernel?.shape ?? [];
  if (last === undefined || kernel === undefined || kernel.shape.length !== 2)
    throw refused(where, output, "no last layer of several outputs", "a network that ends in one");
  const outputs = last.layout === "rows" ? columns : rows;
  if (output >= outputs)
    throw refused(where, output, `${outputs} outputs of ${kernel.name}`, `from 0 to ${outputs - 1}`);
  const cut = (tensor: Tensor, of: string): Tensor => {
    if (of === last.bias) return taken(tensor, [1], output, 1);
    return last.layout === "rows"
      ? taken(tensor, [rows, 1], output, outputs)
      : taken(tensor, [1, columns], output * columns, 1);
  };
  const isCut = (name: string): boolean => name === last.kernel || name === last.bias;
  return {
    ...checkpoint,
    tensors: new Map([...tensors].map(([name, one]) => [name, isCut(name) ? cut(one, name) : one])),
    slots: slots.map((one) => {
      const size = elementCount(tensors.get(one.tensor)?.shape ?? []);
      const own = [...one.slots].map(
        ([name, slot]) => [name, elementCount(slot.shape) === size ? cut(slot, one.tensor) : slot] as const,
      );
      return isCut(one.tensor) ? { ...one, slots: new Map(own) } : one;
    }),
    ...(graph === undefined || last.node === undefined ? {} : { graph: { ...graph, outputs: [last.node] } }),
    ...(outputs === 1 ? {} : { chosenUnit: { kernel: kernel.name, units: outputs } }),
    notes: [...notes, `output ${output} of the ${outputs} of ${kernel.name}, against the rest`],
  };
}

/** Down from the only output to a layer, with a tensor that is added to it. */
function lastLayer({ nodes, outputs }: Graph): LastLayer | undefined {
  let at = outputs.length === 1 ? outputs[0] : undefined;
  for (let depth = 0; at !== undefined && depth < MAX_DEPTH; depth++) {
    const node: ReturnType<typeof nodes.get> = nodes.get(at);
    const operation = node?.operation;
    if (operation?.kind === "layer") return { ...operation, node: at };
    if (operation?.kind === "sum") {
      const parts = node?.inputs.map((name) => nodes.get(name)?.operation) ?? [];
      const layer = parts.find((part) => part?.kind === "layer");
      const bias = parts.find((part) => part?.kind === "tensor");
      if (parts.length !== 2 || layer?.kind !== "layer" || bias?.kind !== "tensor") return undefined;
      return { ...layer, bias: bias.tensor, node: at };
    }
    at = operation?.kind === "softmax" || operation?.kind === "same" ? node?.inputs[0] : undefined;
  }
  return undefined;
}

/** The last matrix that has a vector of biases, or the only one; the name says which side of a square one is outputs. */
function lastMatrix({ tensors }: Checkpoint): LastLayer | undefined {
  const all = [...tensors.values()];
  const matrices = all.filter(({ shape }) => shape.length === 2);
  const kernel = matrices.at(-1);
  const [rows, columns] = kernel?.shape ?? [];
  const bias = all.findLast(({ shape }) => shape.length === 1 && (shape[0] === rows || shape[0] === columns));
  if (kernel === undefined || (bias === undefined && matrices.length > 1)) return undefined;
  const isSquare = bias === undefined || rows === columns;
  const isTransposed = isSquare ? /(^|\.)weight$/.test(kernel.name) : bias.shape[0] === rows;
  return { kernel: kernel.name, layout: isTransposed ? "transposed" : "rows", bias: bias?.name };
}

/** Every `step`th element from `first` on, in another shape. */
function taken(tensor: Tensor, shape: number[], first: number, step: number): Tensor {
  return {
    ...{ name: tensor.name, shape, dtype: tensor.dtype },
    values: () => {
      const all = tensor.values();
      return Float64Array.from({ length: elementCount(shape) }, (_, at) => Number(all[first + at * step]));
    },
  };
}

function refused(where: string, output: number, found: string, expected: string): UnbatchError {
  return new UnbatchError({
    where: `${where}, checkpoint.output ${output} of unbatch.yaml`,
    found,
    expected,
    next: "leave checkpoint.output out, or see the outputs with `unbatch inspect`",
  });
}
