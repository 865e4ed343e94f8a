import type { Activation } from "../../core/model-spec.js";
import type { Table } from "../table.js";
import { type DeepLayout, WORDS } from "./deep-layout.js";
import type { DeepParts, Single } from "./deep-parts.js";
import { deepRule } from "./deep-rule.js";

/** As kernels/deep/activation.ts numbers them. */
const ACTIVATIONS: Readonly<Record<Activation, number>> = {
  linear: 0,
  relu: 1,
  leaky_relu: 2,
  elu: 3,
  sigmoid: 4,
  tanh: 5,
  softplus: 6,
};
const SINGLES: Readonly<Record<Single["kind"], number>> = { constant: 0, row: 1, number: 2 };
/** Words of a table before its numbers. */
const TABLE_INTEGERS = 16;

/** Writes the records of kernels/deep/plan.ts, field for field. */
export class DeepPlan {
  readonly #parts: DeepParts;
  readonly #layout: DeepLayout;
  readonly #words: Int32Array;
  readonly #numbers: Float32Array;

  constructor(parts: DeepParts, layout: DeepLayout, buffer: ArrayBufferLike, isSquared: boolean) {
    this.#parts = parts;
    this.#layout = layout;
    this.#words = new Int32Array(buffer);
    this.#numbers = new Float32Array(buffer);
    const { inputs, layers, singles, factors, tables } = parts;
    this.#write(layout.plan, [
      ...[layout.inputs, inputs.length, layout.layers, layers.length],
      ...[layout.singles, singles.length, layout.factors, factors.length, factors[0]?.table.width ?? 0],
      ...[layout.tables, tables.length, layout.halves],
      ...[
        layout.events,
        layout.firsts,
        layout.eventBytes,
        layout.labels,
        layout.weights,
        layout.learnedScores,
      ],
      ...[Number(isSquared), layout.deltas, layout.deltaBytes, layout.learnedInputs, layout.zeros],
    ]);
    this.#writeInputs();
    this.#writeLayers();
    this.#writeSingles(layout.singles, singles);
    this.#writeSingles(layout.factors, factors);
    this.#writeHalves();
    this.#writeTables();
    this.writeRules();
  }

  /** The rates of the update that comes next. */
  writeRules(): void {
    this.#parts.tables.forEach(({ table, optimizer }, index) => {
      const { rule, numbers } = deepRule(table, optimizer, table.steps + 1);
      const at = this.#layout.tables / 4 + index * WORDS.table + TABLE_INTEGERS;
      this.#words[at - 1] = rule;
      this.#numbers.set(numbers, at);
    });
  }

  #write(address: number, words: readonly number[]): void {
    this.#words.set(words, address / 4);
  }

  #writeInputs(): void {
    let inputAt = 0;
    this.#parts.inputs.forEach(({ feature, table, width }, index) => {
      const own = table === undefined ? 0 : this.#addressOf(table);
      this.#write(this.#layout.inputs + 4 * WORDS.input * index, [own, 4 * feature, 4 * inputAt, width]);
      inputAt += width;
    });
  }

  #writeLayers(): void {
    this.#parts.layers.forEach(({ kernel, bias }, index) => {
      const own = this.#layout.layerOf[index];
      const activation = this.#parts.spec.layers[index]?.activation ?? "linear";
      if (own === undefined) return;
      this.#write(this.#layout.layers + 4 * WORDS.layer * index, [
        ...[kernel.rows, own.units, ACTIVATIONS[activation]],
        ...[this.#addressOf(kernel), this.#addressOf(bias), own.packed, own.transposed, own.packedBias],
      ]);
    });
  }

  #writeSingles(from: number, singles: readonly Single[]): void {
    singles.forEach((single, index) => {
      const feature = single.kind === "constant" ? 0 : single.feature;
      const address = from + 4 * WORDS.single * index;
      const fields = [SINGLES[single.kind], this.#addressOf(single.table), 4 * feature];
      this.#write(address, [...fields, this.#deltaAt(single.table)]);
    });
  }

  #writeHalves(): void {
    this.#layout.halfOf.forEach((half, index) => {
      this.#write(this.#layout.halves + 4 * WORDS.half * index, [
        ...[half.inputs, this.#layout.inputBytes, half.layers, half.row, half.sums, half.spare],
      ]);
      half.layerOf.forEach(({ outputs, deltas }, layer) => {
        this.#write(half.layers + 4 * WORDS.halfLayer * layer, [outputs, deltas]);
      });
    });
  }

  #writeTables(): void {
    for (const { table } of this.#parts.tables) {
      const own = this.#layout.tableOf.get(table);
      if (own === undefined) continue;
      const [slot0 = 0, slot1 = 0] = own.slots;
      const [gradients0 = 0, gradients1 = 0] = own.gradients;
      const [touched0 = 0, touched1 = 0] = own.touched;
      this.#write(this.#addressOf(table), [
        ...[own.weights, slot0, slot1, table.width, table.rows, Number(gradients0 !== 0)],
        ...[4 * this.#featureOf(table), this.#deltaAt(table), gradients0, gradients1, own.gradientBytes],
        ...[touched0, touched1, own.squares, Number(table.optimizer.updates === "all")],
      ]);
    }
  }

  #addressOf(table: Table): number {
    const index = this.#parts.tables.findIndex((one) => one.table === table);
    return this.#layout.tables + 4 * WORDS.table * index;
  }

  #featureOf(table: Table): number {
    const { inputs, singles, factors } = this.#parts;
    const reader = [...inputs, ...singles, ...factors].find((one) => one.table === table);
    return reader !== undefined && "feature" in reader ? reader.feature : 0;
  }

  /** Where a table's gradients begin in an event's deltas: those of inputs where the inputs lie, the others behind. */
  #deltaAt(table: Table): number {
    const { inputs, singles, factors } = this.#parts;
    let at = 0;
    for (const input of inputs) {
      if (input.table === table) return 4 * at;
      at += input.width;
    }
    at = this.#layout.learnedInputs;
    for (const beside of [...singles, ...factors]) {
      if (beside.table === table) return 4 * at;
      if (beside.kind === "row") at += beside.table.width;
    }
    return 0;
  }
}
