/** The gradients of the mini-batch in hand, by row of one table: those of one row are summed, in the order they came. */
export class PendingGradients {
  readonly #width: number;
  /** Per row, 1 + its place among the pending gradients; 0 when it has none. */
  #placeOf: Int32Array;
  #rows = new Int32Array(16);
  #values: Float64Array;
  #count = 0;

  constructor(capacity: number, width: number) {
    this.#width = width;
    this.#placeOf = new Int32Array(capacity);
    this.#values = new Float64Array(16 * width);
  }

  reserve(capacity: number): void {
    const placeOf = new Int32Array(capacity);
    for (let place = 0; place < this.#count; place++) placeOf[this.rowAt(place)] = place + 1;
    this.#placeOf = placeOf;
  }

  /** Rows that have a gradient. */
  get count(): number {
    return this.#count;
  }

  /** [count, width], by place. */
  get values(): Float64Array {
    return this.#values;
  }

  /** The row at a place: places are in the order in which rows were first touched. */
  rowAt(place: number): number {
    return this.#rows[place] ?? 0;
  }

  /** The place of a row; -1 where it has none. */
  placeOf(row: number): number {
    return (this.#placeOf[row] ?? 0) - 1;
  }

  /** Where the gradient of `row` begins in `values`, which a call may replace: zeros when it is first asked for. */
  claim(row: number): number {
    const place = this.placeOf(row);
    if (place >= 0) return place * this.#width;
    if (this.#count === this.#rows.length) this.#grow();
    this.#rows[this.#count] = row;
    const at = this.#count * this.#width;
    this.#values.fill(0, at, at + this.#width);
    this.#count += 1;
    this.#placeOf[row] = this.#count;
    return at;
  }

  clear(): void {
    for (let place = 0; place < this.#count; place++) this.#placeOf[this.rowAt(place)] = 0;
    this.#count = 0;
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    const values = new Float64Array(rows.length * this.#width);
    values.set(this.#values);
    this.#rows = rows;
    this.#values = values;
  }
}
