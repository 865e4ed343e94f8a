import type { Graph, GraphNode } from "../graph.js";
import { type Json, member } from "./json.js";
import { kerasOperation, textOf } from "./keras-operation.js";

const MAX_LAYERS = 20_000;
/** Models inside models. */
const MAX_DEPTH = 16;

/**
 * The layers of a Keras or TensorFlow.js model from its configuration (`model_config`, `config.json`, `modelTopology`):
 * Sequential, or Functional of Keras 1 to 3, and models inside the model, whose layers stand in the place of each call.
 * A layer is named `<layer>`, in a model `<model>/<layer>`, from its second call on `<layer>:<call>`. Undefined where
 * there are no layers.
 */
export function kerasGraph(
  config: Json | undefined,
  tensors: ReadonlyMap<string, unknown>,
): Graph | undefined {
  const graph = new KerasGraph(tensors);
  const outputs = graph.add(config, [], "", []);
  return graph.nodes.size === 0 ? undefined : { nodes: graph.nodes, outputs };
}

/** What a layer reads: which output of which call of another. */
interface Reference {
  layer: string;
  call: number;
  output: number;
}

class KerasGraph {
  readonly nodes = new Map<string, GraphNode>();
  readonly #tensors: ReadonlyMap<string, unknown>;

  constructor(tensors: ReadonlyMap<string, unknown>) {
    this.#tensors = tensors;
  }

  /** Adds a model that is called with `given`; its nodes are named after `prefix`. Returns what it gives. */
  add(model: Json | undefined, path: readonly string[], prefix: string, given: readonly string[]): string[] {
    const layers = layersOf(model);
    return member(model, "class_name") === "Sequential"
      ? this.#addSequential(layers, path, prefix, given)
      : this.#addFunctional(model, layers, path, prefix, given);
  }

  #addSequential(
    layers: readonly Json[],
    path: readonly string[],
    prefix: string,
    given: readonly string[],
  ): string[] {
    let [previous] = given;
    for (const layer of layers) {
      const name = `${prefix}${nameOf(layer)}`;
      if (previous === undefined && !isInput(layer)) {
        previous = `${prefix}input`;
        this.nodes.set(previous, { inputs: [], operation: { kind: "input" } });
      }
      this.#addCall(layer, path, name, previous === undefined ? [] : [previous]);
      previous = name;
    }
    return previous === undefined ? [] : [previous];
  }

  #addFunctional(
    model: Json | undefined,
    layers: readonly Json[],
    path: readonly string[],
    prefix: string,
    given: readonly string[],
  ): string[] {
    const nameOfCall = ({ layer, call, output }: Reference): string =>
      `${prefix}${layer}${call === 0 ? "" : `:${call}`}${output === 0 ? "" : `#${output}`}`;
    const inputs = referencesIn(member(model, "config", "input_layers")).map(({ layer }) => layer);
    for (const layer of layers) {
      const name = nameOf(layer);
      const outer = given[inputs.indexOf(name)];
      const calls = callsOf(member(layer, "inbound_nodes"));
      if (calls.length === 0) calls.push([]);
      calls.forEach((references, call) => {
        const read = isInput(layer) && outer !== undefined ? [outer] : references.map(nameOfCall);
        this.#addCall(layer, path, nameOfCall({ layer: name, call, output: 0 }), read);
      });
    }
    const outputs = referencesIn(member(model, "config", "output_layers")).map(nameOfCall);
    const last = layers.at(-1);
    return outputs.length > 0 || last === undefined ? outputs : [`${prefix}${nameOf(last)}`];
  }

  #addCall(layer: Json, path: readonly string[], name: string, inputs: readonly string[]): void {
    if (this.nodes.size > MAX_LAYERS) return;
    const own = [...path, nameOf(layer)];
    const isModel = layersOf(layer).length > 0 && own.length <= MAX_DEPTH;
    if (!isModel) {
      const isGiven = isInput(layer) && inputs.length > 0;
      const operation = isGiven ? ({ kind: "same" } as const) : kerasOperation(layer, own, this.#tensors);
      // A softmax that is written as a layer's activation is a node of its own.
      const isSoftmax = operation.kind === "layer" && member(layer, "config", "activation") === "softmax";
      if (isSoftmax) this.nodes.set(`${name}/logits`, { inputs, operation });
      this.nodes.set(
        name,
        isSoftmax ? { inputs: [`${name}/logits`], operation: { kind: "softmax" } } : { inputs, operation },
      );
      return;
    }
    this.add(layer, own, `${name}/`, inputs).forEach((output, at) => {
      this.nodes.set(at === 0 ? name : `${name}#${at}`, { inputs: [output], operation: { kind: "same" } });
    });
  }
}

function layersOf(model: Json | undefined): readonly Json[] {
  const listed = member(model, "config", "layers") ?? member(model, "config");
  return Array.isArray(listed) ? listed.slice(0, MAX_LAYERS) : [];
}

function nameOf(layer: Json): string {
  return textOf(member(layer, "config", "name")) ?? textOf(member(layer, "name")) ?? "";
}

function isInput(layer: Json): boolean {
  return member(layer, "class_name") === "InputLayer";
}

/** `[[[layer, 0, 0, {}], ...], ...]` of Keras 1 and 2 and TensorFlow.js, `[{ args: [...] }, ...]` of Keras 3: one a call. */
function callsOf(nodes: Json | undefined): Reference[][] {
  if (!Array.isArray(nodes)) return [];
  return nodes
    .slice(0, MAX_LAYERS)
    .map((node) => referencesIn(node instanceof Map ? node.get("args") : node));
}

/** `[layer, call, output]`, alone, in lists, by name (in the order of the names), and as Keras 3's `keras_history`. */
function referencesIn(value: Json | undefined): Reference[] {
  if (value instanceof Map) {
    const history = member(value, "config", "keras_history");
    if (history !== undefined) return referencesIn(history);
    const byName = [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    return byName.flatMap(([, one]) => referencesIn(one));
  }
  if (!Array.isArray(value)) return [];
  const [layer, call, output] = value;
  if (typeof layer === "string" && typeof call === "number")
    return [{ layer, call, output: typeof output === "number" ? output : 0 }];
  return value.flatMap(referencesIn);
}
