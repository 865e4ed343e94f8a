import { incomplete } from "../core/errors.js";
import type { NewRowRule, Precision } from "../core/model-spec.js";
import { hashText, seededRandom } from "../core/random.js";
import type { Optimizer, StateArray } from "./optimizers/optimizer.js";
import { PendingGradients } from "./pending-gradients.js";
import { copyRows } from "./strided.js";

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
  /** Of each optimizer slot a number a weight, where the weight lies, or a number a row (`optimizer.slotsPer`). */
  slots: readonly StateArray[];
  /** From the weights of one row to those of the next: the width, or more where a kernel has laid slots between. */
  stride: number;
  /** One number: the sum of squares of the gradients applied since it was last taken. */
  gradientSquares: Float64Array = new Float64Array(1);
  /** Updates that were applied so far, with or without a gradient for this table. */
  steps = 0;
  /** Rows in use, and those that the arrays have room for, once it is made. */
  rows: number;
  capacity: number;

  readonly #pending: PendingGradients;
  readonly #noGradient: Float64Array;

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
    this.stride = options.width;
    this.optimizer = options.optimizer;
    this.newRow = options.newRow;
    this.seed = options.seed;
    const length = options.capacity * options.width;
    this.weights = stateArray(options.precision, length);
    const slotLength = options.capacity * this.slotWidth;
    this.slots = options.optimizer.slotNames.map(() => stateArray(options.precision, slotLength));
    this.#pending = new PendingGradients(options.capacity, options.width);
    this.#noGradient = new Float64Array(options.optimizer.updates === "all" ? options.width : 0);
  }

  /** Calls for room for `capacity` rows; until it is made, by makeRoom or by a kernel, no new row may be started. */
  reserve(capacity: number): void {
    this.capacity = capacity;
    this.#pending.reserve(capacity);
  }

  /** Replaces the arrays by longer ones where there is no room for `capacity` rows. Error: no memory (exit 3). */
  makeRoom(): void {
    if (this.weights.length >= this.capacity * this.stride) return;
    const longer = (values: StateArray, width: number): StateArray => {
      const grown = stateArray(precisionOf(values), this.capacity * width);
      grown.set(this.packed(values));
      return grown;
    };
    const weights = longer(this.weights, this.width);
    const slots = this.slots.map((slot) => longer(slot, this.slotWidth));
    this.lie(weights, slots, this.width);
  }

  /** Bytes of a row's weights and slots. */
  get rowBytes(): number {
    const { width, slots, slotWidth } = this;
    return (width + slots.length * slotWidth) * this.weights.BYTES_PER_ELEMENT;
  }

  /** Numbers of a row in each slot. */
  get slotWidth(): number {
    return this.optimizer.slotsPer === "row" ? 1 : this.width;
  }

  /** From now on the weights and the slots of weights lie in these arrays, a row every `stride` numbers. */
  lie(weights: StateArray, slots: readonly StateArray[], stride: number): void {
    this.weights = weights;
    this.slots = slots;
    this.stride = stride;
  }

  /** The weights, or a slot, of the rows in use: [rows, width]. A copy where something lies between them. */
  packed(values: StateArray): StateArray {
    const { rows, width, stride } = this;
    if (stride === width)
      return values.subarray(0, rows * (values === this.weights ? width : this.slotWidth));
    const packed = stateArray(precisionOf(values), rows * width);
    copyRows({ values, stride }, { values: packed, stride: width }, rows, width);
    return packed;
  }

  /** The same to be read in parts. */
  packedParts(values: StateArray): (from: number, to: number) => StateArray {
    const { width, stride } = this;
    if (stride === width) return (from, to) => values.subarray(from, to);
    return (from, to) => {
      const first = Math.floor(from / width);
      const rows = Math.ceil(to / width) - first;
      const part = stateArray(precisionOf(values), rows * width);
      const strided = { values: values.subarray(first * stride), stride };
      copyRows(strided, { values: part, stride: width }, rows, width);
      return part.subarray(from - first * width, to - first * width);
    };
  }

  /** Takes weights, or a slot, of whole rows from the `from`-th number of [rows, width] on. */
  putPacked(values: StateArray, from: number, part: StateArray): void {
    const { width, stride } = this;
    if (stride === width) {
      values.set(part, from);
      return;
    }
    const strided = { values: values.subarray((from / width) * stride), stride };
    copyRows({ values: part, stride: width }, strided, part.length / width, width);
  }

  /** Adds scale x values[from ... from + width) to the pending gradient of `row`. */
  addGradient(row: number, values: Float64Array, from: number, scale: number): void {
    const at = this.#pending.claim(row);
    const gradients = this.#pending.values;
    for (let k = 0; k < this.width; k++) {
      gradients[at + k] = (gradients[at + k] ?? 0) + scale * (values[from + k] ?? 0);
    }
  }

  /** The same for a table of width 1. */
  addScalarGradient(row: number, gradient: number): void {
    const at = this.#pending.claim(row);
    const gradients = this.#pending.values;
    gradients[at] = (gradients[at] ?? 0) + gradient;
  }

  /**
   * One update with `scale` x the pending gradients: of the rows that have one, in the order they were first touched,
   * or of every row where the optimizer calls for it. Error: a weight that is no longer finite, with its row and rate.
   */
  applyGradients(scale: number): void {
    this.steps += 1;
    const pending = this.#pending;
    if (this.optimizer.updates === "all") {
      for (let row = 0; row < this.rows; row++) {
        const place = pending.placeOf(row);
        if (place < 0) this.#update(row, this.#noGradient, 0, scale);
        else this.#update(row, pending.values, place * this.width, scale);
      }
    } else {
      for (let place = 0; place < pending.count; place++)
        this.#update(pending.rowAt(place), pending.values, place * this.width, scale);
    }
    pending.clear();
  }

  /** How far a unit of gradient would move weight `k` of a row now; undefined where it has learned nothing yet. */
  effectiveRate(row: number, k: number): number | undefined {
    const at = row * this.stride + k;
    return this.optimizer.effectiveRate(this.slots, at, this.width, Math.max(this.steps, 1));
  }

  /** The sum of squares of the gradients of all updates since it was last asked for, before any was clipped. */
  takeGradientSquares(): number {
    const squares = this.gradientSquares[0] ?? 0;
    this.gradientSquares[0] = 0;
    return squares;
  }

  /** Gives `row` the start that the new-row rule and its id call for: the same whenever and wherever it appears. */
  startRow(row: number, id: string): void {
    const { mean, noise } = this.newRow;
    this.rows = Math.max(this.rows, row + 1);
    if (mean === undefined && noise === 0) {
      this.weights.fill(0, row * this.stride, row * this.stride + this.width);
      this.startSlots(row);
      return;
    }
    const random = seededRandom(hashText(id, hashText(this.name, this.seed)));
    for (let k = 0; k < this.width; k++) {
      const weight = (mean?.[k] ?? 0) + (noise === 0 ? 0 : noise * random.normal());
      this.weights[row * this.stride + k] = weight;
    }
    this.startSlots(row);
  }

  /** Slots of a row that has weights but has learned nothing. */
  startSlots(row: number): void {
    for (let index = 0; index < this.slots.length; index++) this.startSlot(index, row, row + 1);
  }

  /** One slot of rows [from, to) that have weights but have learned nothing. */
  startSlot(index: number, from: number, to: number): void {
    const slot = this.slots[index];
    const name = this.optimizer.slotNames[index];
    if (slot === undefined || name === undefined) return;
    const stride = this.optimizer.slotsPer === "row" ? 1 : this.stride;
    for (let row = from; row < to; row++) {
      for (let at = row * stride; at < row * stride + this.slotWidth; at++)
        slot[at] = this.optimizer.initialSlot(name, this.weights[at] ?? 0);
    }
  }

  /** Takes the weights (and, for a learner, the slots) of a table of the same shape. */
  copyFrom(other: Table, part: "weights" | "all"): void {
    this.rows = other.rows;
    const { rows, width, stride } = this;
    const copy = (from: StateArray, to: StateArray): void =>
      copyRows({ values: from, stride: other.stride }, { values: to, stride }, rows, width);
    copy(other.weights, this.weights);
    if (part === "weights") return;
    this.steps = other.steps;
    this.slots.forEach((slot, index) => {
      const from = other.slots[index] ?? slot;
      if (this.optimizer.slotsPer === "row") slot.set(from.subarray(0, rows));
      else copy(from, slot);
    });
  }

  #update(row: number, gradients: Float64Array, from: number, scale: number): void {
    const { width, weights, optimizer } = this;
    let squares = 0;
    for (let k = 0; k < width; k++) {
      const gradient = scale * (gradients[from + k] ?? 0);
      squares += gradient * gradient;
    }
    this.gradientSquares[0] = (this.gradientSquares[0] ?? 0) + squares;
    const norm = Math.sqrt(squares);
    const clipped = norm > optimizer.clipNorm ? (scale * optimizer.clipNorm) / norm : scale;
    const at = row * this.stride;
    optimizer.update(weights, this.slots, at, width, gradients, from, clipped, this.steps);
    for (let k = 0; k < width; k++) {
      if (!Number.isFinite(weights[at + k])) throw this.diverged(row, k, norm);
    }
  }

  /** What to throw when the update that was just made left weight `k` of a row not finite. */
  diverged(row: number, k: number, norm: number): Error {
    const rate = this.effectiveRate(row, k);
    const [term = "", ...feature] = this.name.split("/");
    return incomplete({
      where: `term ${term}${feature.length === 0 ? "" : `, ${feature.join("/")}`}, row ${row}, update ${this.steps}`,
      found: `a weight of ${this.weights[row * this.stride + k]} (norm of the gradient ${norm}, rate ${this.optimizer.rate}, effective rate ${rate ?? 0})`,
      expected: "finite weights",
      next: Number.isNaN(norm)
        ? "the score was no number any more: lower the rates of the terms under learner in unbatch.yaml, or bound their gradients with clipNorm"
        : `lower the rate of ${term} under learner in unbatch.yaml, or bound its gradients with clipNorm`,
    });
  }
}

/** Zeros. Error: there is no memory for so many (exit 3). */
export function stateArray(precision: Precision, length: number): StateArray {
  try {
    return precision === "float64" ? new Float64Array(length) : new Float32Array(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw incomplete({
      found: `no memory for a table of ${length} numbers of ${precision}`,
      expected: "a state that memory has room for",
      next: "fewer buckets, narrower vectors or learner.precision: float32 in unbatch.yaml",
    });
  }
}

export function precisionOf(values: StateArray): Precision {
  return values instanceof Float64Array ? "float64" : "float32";
}
