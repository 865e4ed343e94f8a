import type { Bags } from "../model/bags.js";
import type { FeatureColumn } from "../model/batch.js";

/** The values of one feature, one an event or an item: a column that grows, and whose values can be put anew. */
export class FeatureList {
  readonly #kind: FeatureColumn["kind"];
  readonly #isWeighted: boolean;
  readonly #numbers: number[] = [];
  readonly #bags: { codes: Int32Array; weights: Float64Array | undefined }[] = [];

  constructor(like: FeatureColumn) {
    this.#kind = like.kind;
    this.#isWeighted = like.kind === "bags" && like.weights !== undefined;
  }

  /** Of every value of a column. */
  static of(column: FeatureColumn, rows: number): FeatureList {
    const list = new FeatureList(column);
    for (let row = 0; row < rows; row++) list.set(row, column, row);
    return list;
  }

  /** Puts a row's value at a place, at most one behind the last. */
  set(place: number, column: FeatureColumn, row: number): void {
    if (column.kind === "bags") this.#bags[place] = bagOf(column, row);
    else this.#numbers[place] = (column.kind === "rows" ? column.codes : column.values)[row] ?? 0;
  }

  /** Takes the value at a place of another list of the same feature. */
  copy(place: number, from: FeatureList, fromPlace: number): void {
    const bag = from.#bags[fromPlace];
    if (bag !== undefined) this.#bags[place] = bag;
    else this.#numbers[place] = from.#numbers[fromPlace] ?? 0;
  }

  /** The first `count` values. */
  column(count: number): FeatureColumn {
    switch (this.#kind) {
      case "rows":
        return { kind: "rows", codes: Int32Array.from(this.#numbers.slice(0, count)) };
      case "values":
        return { kind: "values", values: Float64Array.from(this.#numbers.slice(0, count)) };
      case "bags":
        return { kind: "bags", ...this.#joined(count) };
    }
  }

  #joined(count: number): Bags {
    const bags = this.#bags.slice(0, count);
    const offsets = new Int32Array(bags.length + 1);
    bags.forEach(({ codes }, at) => {
      offsets[at + 1] = (offsets[at] ?? 0) + codes.length;
    });
    const codes = new Int32Array(offsets.at(-1) ?? 0);
    const weights = new Float64Array(codes.length);
    bags.forEach((bag, at) => {
      codes.set(bag.codes, offsets[at]);
      if (bag.weights !== undefined) weights.set(bag.weights, offsets[at]);
    });
    return this.#isWeighted ? { offsets, codes, weights } : { offsets, codes };
  }
}

function bagOf(
  { offsets, codes, weights }: Bags,
  row: number,
): { codes: Int32Array; weights: Float64Array | undefined } {
  const [from, to] = [offsets[row] ?? 0, offsets[row + 1] ?? 0];
  return { codes: codes.slice(from, to), weights: weights?.slice(from, to) };
}
