import type { OptimizerSpec, TableKind } from "../../core/optimizer-spec.js";
import { adagrad } from "./adagrad.js";
import { adam } from "./adam.js";
import { frozen } from "./frozen.js";
import { ftrl } from "./ftrl.js";
import { rowwiseAdagrad } from "./rowwise-adagrad.js";
import { sgd } from "./sgd.js";

/** Weights or slots in memory, at the model's precision. */
export type StateArray = Float32Array | Float64Array;

/** One rule of updating, written once for rows of any width. */
export interface Optimizer {
  /** Names of the slots, as on disk. */
  readonly slotNames: readonly string[];
  /** As unbatch.yaml has it. */
  readonly rate: number;
  /** A slot holds a number for each weight, or one for each row. */
  readonly slotsPer: "weight" | "row";
  /** Which rows an update changes: those that have a gradient, or every one. */
  readonly updates: "touched" | "all";
  /** The count of updates is part of what it remembers. */
  readonly usesStep: boolean;
  /** The gradient of a row is scaled down to this norm before `update`; Infinity: never. */
  readonly clipNorm: number;
  /** Value of each slot of a weight that has learned nothing, given the weight. */
  initialSlot(slot: string, weight: number): number;
  /**
   * Applies `scale` x gradient[gradientAt ...] to weights[at ... at + width) in update number `step`, from 1. Slots of
   * weights lie at `at` too; those of rows at at / width.
   */
  update(
    weights: StateArray,
    slots: readonly StateArray[],
    at: number,
    width: number,
    gradient: Float64Array,
    gradientAt: number,
    scale: number,
    step: number,
  ): void;
  /**
   * How far a unit of gradient would move the weight at `at` in update number `step`; undefined where it has learned
   * nothing yet.
   */
  effectiveRate(slots: readonly StateArray[], at: number, width: number, step: number): number | undefined;
}

/** The rule of one table. O(width) an updated row. */
export function createOptimizer(spec: OptimizerSpec, table: TableKind): Optimizer {
  switch (spec.kind) {
    case "sgd":
      return sgd(spec, table);
    case "adagrad":
      return adagrad(spec);
    case "rowwise-adagrad":
      return rowwiseAdagrad(spec);
    case "ftrl":
      return ftrl(spec);
    case "adam":
      return adam(spec, table);
    case "frozen":
      return frozen;
  }
}
