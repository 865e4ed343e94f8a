import { type TimeUnit, timeUnitOf, UNIT_MICROS } from "../config/time-unit.js";
import type { Column, ColumnType } from "../core/column.js";
import { parseTimeMicros } from "../core/time.js";

/** 2200-01-01: later times are a wrong unit or a sentinel. */
export const LATEST_MICROS = 7_258_118_400e6;

/** A time column of a whole log, raw until its unit is known (a unit is the log's, never a row group's). */
export class TimeColumn {
  readonly raw: Float64Array;
  readonly #type: ColumnType;
  readonly #unit: TimeUnit | undefined;

  constructor(rows: number, type: ColumnType, unit: TimeUnit | undefined) {
    this.raw = new Float64Array(rows);
    this.#type = type;
    this.#unit = unit;
  }

  add(column: Column, rows: number, at: number): void {
    if (column.kind === "number") {
      this.raw.set(column.values.subarray(0, rows), at);
      return;
    }
    const times = column.distinct.map((text) => parseTimeMicros(text) ?? Number.NaN);
    for (let row = 0; row < rows; row++) this.raw[at + row] = times[column.codes[row] ?? -1] ?? Number.NaN;
  }

  /** Microseconds since the epoch, in place, of the first `rows` values; and how the unit was found. */
  finish(rows: number): { micros: Float64Array; unit: TimeUnit; because: string } {
    const values = this.raw.subarray(0, rows);
    const found =
      this.#unit === undefined
        ? timeUnitOf(this.#type, values)
        : { unit: this.#unit, because: "unbatch.yaml says so" };
    const factor = this.#type === "timestamp" || this.#type === "text" ? 1 : UNIT_MICROS[found.unit];
    if (factor !== 1)
      for (let row = 0; row < rows; row++) values[row] = Math.round((values[row] ?? 0) * factor);
    return { micros: values, ...found };
  }
}

export function isAbsurd(micros: number): boolean {
  return !(micros >= 0 && micros < LATEST_MICROS);
}
