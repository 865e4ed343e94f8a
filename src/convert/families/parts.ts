import type { Tensor } from "../../core/tensor.js";
import { elementCount } from "../../core/tensor.js";
import type { Checkpoint } from "../checkpoint.js";
import type { Trees } from "../trees.js";
import { featureHint } from "./feature-hint.js";

/** The tensors of a checkpoint by what their shapes and names allow them to be; in the file's order. */
export interface Parts {
  /** One number: [], [1] or [1, 1]. */
  scalars: readonly string[];
  /** One weight a row: [rows] or [rows, 1]. */
  weights: readonly { tensor: string; feature: string; rows: number }[];
  /** A vector a row: [rows, width], width > 1. */
  tables: readonly { tensor: string; feature: string; rows: number; width: number }[];
  /** Fully connected layers, each a chain from its first layer up. */
  chains: readonly (readonly Layer[])[];
  /** BatchNorm and its kin: running means, and what stands beside them. */
  normalisation: readonly string[];
  /** Of a shape that no family has. */
  other: readonly string[];
  /** Boosted trees, where the checkpoint is made of them. */
  trees?: Trees;
}

export interface Layer {
  kernel: string;
  layout: "rows" | "transposed";
  bias?: string;
  inputs: number;
  units: number;
}

const NORMALISATION =
  /(running_mean|running_var|moving_mean|moving_variance|batch_?norm(alization)?(_\d+)?[./])/i;

export function partsOf(checkpoint: Checkpoint, leaveOut: ReadonlySet<string>): Parts {
  const tensors = [...checkpoint.tensors.values()].filter(
    ({ name, dtype }) => !leaveOut.has(name) && /^(float|bfloat|double|half)/.test(dtype),
  );
  const normalised = normalisationOf(checkpoint);
  const rest = tensors.filter(({ name }) => !normalised.has(moduleOf(name)));
  const layers = layersOf(rest);
  const inLayers = new Set(layers.flatMap(({ kernel, bias }) => [kernel, bias ?? kernel]));
  const loose = rest.filter(({ name }) => !inLayers.has(name));
  const of = (test: (tensor: Tensor) => boolean): Tensor[] => loose.filter(test);
  return {
    scalars: of(isScalar).map(({ name }) => name),
    weights: of(isWeights).map(({ name, shape }) => ({
      tensor: name,
      feature: featureHint(name),
      rows: shape[0] ?? 0,
    })),
    tables: of(isTable).map(({ name, shape }) => ({
      tensor: name,
      feature: featureHint(name),
      rows: shape[0] ?? 0,
      width: shape[1] ?? 0,
    })),
    chains: chainsOf(layers),
    normalisation: [
      ...tensors.filter(({ name }) => normalised.has(moduleOf(name))).map(({ name }) => name),
      ...checkpoint.notes.filter((note) => NORMALISATION.test(note)),
    ],
    other: of((tensor) => !isScalar(tensor) && !isWeights(tensor) && !isTable(tensor)).map(
      ({ name }) => name,
    ),
    ...(checkpoint.trees === undefined ? {} : { trees: checkpoint.trees }),
  };
}

function isScalar({ shape }: Tensor): boolean {
  return shape.length <= 2 && elementCount(shape) === 1;
}

function isWeights({ shape }: Tensor): boolean {
  return (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) && (shape[0] ?? 0) > 1;
}

function isTable({ shape }: Tensor): boolean {
  return shape.length === 2 && (shape[0] ?? 0) >= 1 && (shape[1] ?? 0) > 1;
}

function normalisationOf(checkpoint: Checkpoint): Set<string> {
  const names = [...checkpoint.tensors.keys()].filter((name) => NORMALISATION.test(name));
  return new Set(names.map(moduleOf));
}

/** `top.0.weight` -> "top.0"; `dnn/hiddenlayer_0/kernel` -> "dnn/hiddenlayer_0". */
function moduleOf(name: string): string {
  return plainName(name).replace(/[./][^./]*$/, "");
}

/** Without the endings that say how a tensor was saved. */
function plainName(name: string): string {
  return name.replace(/\/\.ATTRIBUTES\/VARIABLE_VALUE$/, "").replace(/\/part_\d+$/, "");
}

/** A kernel ([in, out]) or a PyTorch Linear ([out, in]): told from an embedding by its name, its bias, or its one row. */
function layersOf(tensors: readonly Tensor[]): Layer[] {
  const biases = new Map(
    tensors
      .filter(({ name }) => /[./]bias$/.test(plainName(name)))
      .map((tensor) => [moduleOf(tensor.name), tensor]),
  );
  const layers: Layer[] = [];
  for (const { name, shape } of tensors) {
    const [first = 0, second = 0] = shape;
    if (shape.length !== 2 || first === 0 || second === 0) continue;
    const isKernel = /[./]kernel$/.test(plainName(name));
    const units = isKernel ? second : first;
    const bias = biases.get(moduleOf(name));
    const hasBias = bias !== undefined && bias.shape.length === 1 && bias.shape[0] === units;
    const isLinear = /(^|\.)weight$/.test(name) && (hasBias || (first === 1 && second > 1));
    if (!isKernel && !isLinear) continue;
    layers.push({
      kernel: name,
      layout: isKernel ? "rows" : "transposed",
      ...(hasBias ? { bias: bias.name } : {}),
      inputs: isKernel ? first : second,
      units,
    });
  }
  return inForwardOrder(layers);
}

/** By module, with numbers in their order (hiddenlayer_10 after hiddenlayer_9); `logits` and the like come last. */
function inForwardOrder(layers: readonly Layer[]): Layer[] {
  const isEstimator = layers.some(({ kernel }) => /hiddenlayer_\d+/.test(kernel));
  if (!isEstimator) return [...layers];
  const place = ({ kernel }: Layer): number => Number(/hiddenlayer_(\d+)/.exec(kernel)?.[1] ?? Infinity);
  return [...layers].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

/** Layers in file order, cut wherever the inputs of one are not the units of the one before. */
function chainsOf(layers: readonly Layer[]): Layer[][] {
  const chains: Layer[][] = [];
  for (const layer of layers) {
    const chain = chains.at(-1);
    if (chain?.at(-1)?.units === layer.inputs) chain.push(layer);
    else chains.push([layer]);
  }
  return chains;
}
