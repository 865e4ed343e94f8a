import type { OptimizerSpec } from "../../core/model-spec.js";
import { adagrad } from "./adagrad.js";
import { frozen } from "./frozen.js";
import { ftrl } from "./ftrl.js";
import { sgd } from "./sgd.js";

/** Weights or slots in memory, at the model's precision. */
export type StateArray = Float32Array | Float64Array;

/** One rule of updating, written once for rows of any width. */
export interface Optimizer {
  /** Names of the per-weight slots, as on disk. */
  readonly slotNames: readonly string[];
  /** Value of each slot of a weight that has learned nothing, given the weight. */
  initialSlot(slot: string, weight: number): number;
  /**
   * Applies `scale` x gradient[gradientAt ...] to weights[at ... at + width). A zero gradient changes nothing.
   */
  update(
    weights: StateArray,
    slots: readonly StateArray[],
    at: number,
    width: number,
    gradient: Float64Array,
    gradientAt: number,
    scale: number,
  ): void;
  /** How far a unit of gradient would move the weight at `at` now; undefined where it has learned nothing yet. */
  effectiveRate(slots: readonly StateArray[], at: number): number | undefined;
}

export function createOptimizer(spec: OptimizerSpec): Optimizer {
  switch (spec.kind) {
    case "sgd":
      return sgd(spec);
    case "adagrad":
      return adagrad(spec);
    case "ftrl":
      return ftrl(spec);
    case "frozen":
      return frozen;
  }
}
