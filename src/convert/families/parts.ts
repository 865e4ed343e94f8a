import type { Tensor } from "../../core/tensor.js";
import { elementCount } from "../../core/tensor.js";
import type { Checkpoint } from "../checkpoint.js";
import type { Trees } from "../trees.js";
import { type Crosses, crossesOf } from "./crosses.js";
import { featureHint } from "./feature-hint.js";
import { withGraphFacts } from "./graph-facts.js";
import { chooseHead, type Heads } from "./heads.js";
import { chainsOf, type Layer, layersOf } from "./layers.js";
import { normsOf, placeNorms } from "./normalisation.js";
import { unfoldableParts } from "./unfoldable.js";

/** The tensors of a checkpoint by what their shapes and names allow them to be; in the file's order. */
export interface Parts {
  /** One number: [], [1] or [1, 1]. */
  scalars: readonly string[];
  /** One weight a row: [rows] or [rows, 1]. */
  weights: readonly { tensor: string; feature: string; rows: number }[];
  /** A vector a row: [rows, width], width > 1. */
  tables: readonly EmbeddingTable[];
  /** Fully connected layers, each a chain from its first layer up. */
  chains: readonly (readonly Layer[])[];
  crosses: Crosses | undefined;
  /** Outputs of the model where there are several. */
  heads: Heads | undefined;
  /** BatchNorm that belongs to no layer: its tensors. */
  normalisation: readonly string[];
  /** What no term can compute, in words. */
  unfoldable: readonly string[];
  /** What was taken for granted about them. */
  assumed: readonly string[];
  /** Of a shape that no family has. */
  other: readonly string[];
  /** Boosted trees, where the checkpoint is made of them. */
  trees?: Trees;
}

export interface EmbeddingTable {
  tensor: string;
  /** A word for its feature; digits: the feature of that place among those with rows. */
  feature: string;
  rows: number;
  width: number;
}

export function isFloat(dtype: string): boolean {
  return /^(float|bfloat|double|half)/.test(dtype);
}

/** `head` names the output that is wanted where there are several. */
export function partsOf(checkpoint: Checkpoint, leaveOut: ReadonlySet<string>, head?: string): Parts {
  const all = [...checkpoint.tensors.values()].filter(({ dtype }) => isFloat(dtype));
  const tensors = all.filter(({ name }) => !leaveOut.has(name));
  const norms = normsOf(tensors);
  const crosses = crossesOf(tensors);
  const taken = new Set([
    ...norms.flatMap((norm) => norm.tensors),
    ...(crosses?.roles.map(({ tensor }) => tensor) ?? []),
  ]);
  const rest = tensors.filter(({ name }) => !taken.has(name));
  const { layers, facts } = withGraphFacts(layersOf(rest), checkpoint.graph, rest);
  const { chains: cut, heads } = chooseHead(chainsOf(layers), head);
  const isPlaced = ({ norm }: (typeof norms)[number]): boolean => facts.has(norm.mean);
  const inLayers = new Set(layers.flatMap(({ kernel, bias }) => [kernel, bias ?? kernel]));
  const loose = rest.filter(({ name }) => !inLayers.has(name));
  const of = (test: (tensor: Tensor) => boolean): Tensor[] => loose.filter(test);
  const vectors = of(isTable).reduce((sum, { shape }) => sum + (shape[1] ?? 0), 0);
  const { chains, assumed, unplaced } = placeNorms(
    cut,
    norms.filter((norm) => !isPlaced(norm)),
    all,
    vectors,
  );
  return {
    scalars: of(isScalar).map(({ name }) => name),
    weights: byFeature(of(isWeights)).map(({ tensor, feature, rows }) => ({ tensor, feature, rows })),
    tables: byFeature(of(isTable)),
    chains,
    crosses,
    heads,
    normalisation: unplaced.flatMap((norm) => norm.tensors),
    unfoldable: unfoldableParts(checkpoint),
    assumed,
    other: of((tensor) => !isScalar(tensor) && !isWeights(tensor) && !isTable(tensor)).map(
      ({ name }) => name,
    ),
    ...(checkpoint.trees === undefined ? {} : { trees: checkpoint.trees }),
  };
}

/** By the word in their names; where several share one and have numbers (`emb_l.0`, `emb_l.1`), by these. */
function byFeature(tensors: readonly Tensor[]): EmbeddingTable[] {
  const hinted = tensors.map(({ name, shape }) => ({
    tensor: name,
    feature: featureHint(name),
    rows: shape[0] ?? 0,
    width: shape[1] ?? 1,
  }));
  const numbers = hinted.map(({ tensor }) => /(\d+)(?!.*\d)/.exec(tensor)?.[1]);
  return hinted.map((table, at) => {
    const alike = hinted.filter(({ feature }) => feature === table.feature).length;
    const number = numbers[at];
    return alike > 1 && new Set(numbers).size === hinted.length && number !== undefined
      ? { ...table, feature: String(Number(number)) }
      : table;
  });
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
