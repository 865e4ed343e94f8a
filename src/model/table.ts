import type { NewRowRule, Precision } from "../core/model-spec.js";
import { hashText, seededRandom } from "../core/random.js";
import type { Optimizer, StateArray } from "./optimizers/optimizer.js";

/**
 * One tensor of weights, [rows, width], with the optimizer's slots beside it, and the gradients of the batch in hand.
 * Gradients are gathered first and applied together, so that every one of a batch is taken at the old weights.
 */
export class Table {
  readonly name: string;
  readonly width: number;
  readonly optimizer: Optimizer;
  readonly newRow: NewRowRule;
  readonly seed: number;
  weights: StateArray;
  slots: readonly StateArray[];
  /** One number: the sum of squares of the gradients applied since it was last taken. */
  gradientSquares: Float64Array = new Float64Array(1);
  /** Rows in use; the arrays have room for `capacity`. */
  rows: number;
  readonly capacity: number;

  /** Per row, 1 + its place among the pending gradients; 0 when it has none. */
  readonly #place: Int32Array;
  #pendingRows = new Int32Array(16);
  #pendingGradients: Float64Array;
  #pending = 0;

  constructor(options: {
    name: string;
    width: number;
    rows: number;
    capacity: number;
    precision: Precision;
    optimizer: Optimizer;
    newRow: NewRowRule;
    seed: number;
  }) {
    this.name = options.name;
    this.width = options.width;
    this.rows = options.rows;
    this.capacity = options.capacity;
    this.optimizer = options.optimizer;
    this.newRow = options.newRow;
    this.seed = options.seed;
    const length = options.capacity * options.width;
    this.weights = stateArray(options.precision, length);
    this.slots = options.optimizer.slotNames.map(() => stateArray(options.precision, length));
    this.#place = new Int32Array(options.capacity);
    this.#pendingGradients = new Float64Array(16 * options.width);
  }

  /** Adds scale x values[from ... from + width) to the pending gradient of `row`. */
  addGradient(row: number, values: Float64Array, from: number, scale: number): void {
    const { width } = this;
    const gradients = this.#claim(row);
    const at = ((this.#place[row] ?? 0) - 1) * width;
    for (let k = 0; k < width; k++) {
      gradients[at + k] = (gradients[at + k] ?? 0) + scale * (values[from + k] ?? 0);
    }
  }

  /** The same for a table of width 1. */
  addScalarGradient(row: number, gradient: number): void {
    const gradients = this.#claim(row);
    const at = (this.#place[row] ?? 0) - 1;
    gradients[at] = (gradients[at] ?? 0) + gradient;
  }

  /** Updates every row that has a pending gradient, in the order they were first touched. */
  applyGradients(scale: number): void {
    const { width } = this;
    let squares = this.gradientSquares[0] ?? 0;
    for (let place = 0; place < this.#pending; place++) {
      const row = this.#pendingRows[place] ?? 0;
      for (let at = place * width; at < (place + 1) * width; at++) {
        const gradient = scale * (this.#pendingGradients[at] ?? 0);
        squares += gradient * gradient;
      }
      this.optimizer.update(
        this.weights,
        this.slots,
        row * width,
        width,
        this.#pendingGradients,
        place * width,
        scale,
      );
      this.#place[row] = 0;
    }
    this.#pending = 0;
    this.gradientSquares[0] = squares;
  }

  /** The sum of squares of the gradients applied since it was last asked for. */
  takeGradientSquares(): number {
    const squares = this.gradientSquares[0] ?? 0;
    this.gradientSquares[0] = 0;
    return squares;
  }

  /** Gives `row` the start that the new-row rule and its id call for: the same whenever and wherever it appears. */
  startRow(row: number, id: string): void {
    const { mean, noise } = this.newRow;
    const random = seededRandom(hashText(id, hashText(this.name, this.seed)));
    for (let k = 0; k < this.width; k++) {
      const weight = (mean?.[k] ?? 0) + (noise === 0 ? 0 : noise * random.normal());
      this.weights[row * this.width + k] = weight;
    }
    this.startSlots(row);
    this.rows = Math.max(this.rows, row + 1);
  }

  /** Slots of a row that has weights but has learned nothing. */
  startSlots(row: number): void {
    this.optimizer.slotNames.forEach((name, index) => {
      const slot = this.slots[index];
      for (let at = row * this.width; slot !== undefined && at < (row + 1) * this.width; at++) {
        slot[at] = this.optimizer.initialSlot(name, this.weights[at] ?? 0);
      }
    });
  }

  /** Takes the weights (and, for a learner, the slots) of a table of the same shape. */
  copyFrom(other: Table, part: "weights" | "all"): void {
    this.rows = other.rows;
    this.weights.set(other.weights);
    if (part === "all") {
      other.slots.forEach((slot, index) => {
        this.slots[index]?.set(slot);
      });
    }
  }

  #claim(row: number): Float64Array {
    if ((this.#place[row] ?? 0) !== 0) return this.#pendingGradients;
    if (this.#pending === this.#pendingRows.length) this.#growPending();
    this.#pendingRows[this.#pending] = row;
    const at = this.#pending * this.width;
    this.#pendingGradients.fill(0, at, at + this.width);
    this.#pending += 1;
    this.#place[row] = this.#pending;
    return this.#pendingGradients;
  }

  #growPending(): void {
    const rows = new Int32Array(this.#pendingRows.length * 2);
    rows.set(this.#pendingRows);
    const gradients = new Float64Array(rows.length * this.width);
    gradients.set(this.#pendingGradients);
    this.#pendingRows = rows;
    this.#pendingGradients = gradients;
  }
}

export function stateArray(precision: Precision, length: number): StateArray {
  return precision === "float64" ? new Float64Array(length) : new Float32Array(length);
}
