import type { FileTree } from "../core/bytes.js";
import type { Tensor } from "../core/tensor.js";
import type { ColumnInput } from "./column-input.js";
import type { Graph } from "./graph.js";
import type { Trees } from "./trees.js";

/** The optimizer's memory for one weight tensor: accumulator, n, z, momentum, m, v … by the source's own slot name. */
export interface OptimizerSlots {
  optimizer: "adagrad" | "ftrl" | "adam" | "sgd" | "unknown";
  /** The weight tensor they belong to. */
  tensor: string;
  slots: ReadonlyMap<string, Tensor>;
  /** Updates of this tensor so far, where the checkpoint counts them for each. */
  steps?: number;
}

/** One unit of a last layer with several: the others read all that is below it. */
export interface ChosenUnit {
  kernel: string;
  /** With the chosen one. */
  units: number;
}

/** What every format reader gives, and no more. Nothing in it was executed or resolved. */
export interface Checkpoint {
  format: string;
  /** Weights only; slots and counters are elsewhere. In the file's own order. */
  tensors: ReadonlyMap<string, Tensor>;
  slots: readonly OptimizerSlots[];
  /** id -> row maps found inside the file, by their key. */
  vocabularies: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** learning_rate, l1, beta, epsilon, step …, by the source's own name. */
  hyperparameters: ReadonlyMap<string, number>;
  /** What the model's own graph does to raw columns, as far as it could be traced; absent where there is no graph. */
  inputs?: readonly ColumnInput[];
  /** How the tensors are used, where the file says. */
  graph?: Graph;
  /** What a graph has that is not understood, where for that there is no `graph`: as "its graph has ..." goes on. */
  beyondGraph?: string;
  /** The one that was chosen of the units of its last layer; its tensors have that one's numbers alone. */
  chosenUnit?: ChosenUnit;
  /** Boosted trees, where the model is made of them. */
  trees?: Trees;
  /** Things met and left alone: opaque classes, strings, buffers. */
  notes: readonly string[];
}

export interface CheckpointReader {
  readonly format: string;
  /** Cheap: names and magic bytes only. */
  recognises(tree: FileTree): boolean;
  /** Errors: an UnbatchError naming file and offset for anything malformed or hostile. */
  read(tree: FileTree): Checkpoint | Promise<Checkpoint>;
}

/** All but those that load a package when such a file is opened. */
export interface SyncReader extends CheckpointReader {
  read(tree: FileTree): Checkpoint;
}
