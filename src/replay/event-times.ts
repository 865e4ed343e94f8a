import { type FoundUnit, type TimeUnit, UNIT_MICROS, UnitTally, unitOfType } from "../config/time-unit.js";
import type { Column, ColumnDescription, LogSource } from "../core/column.js";
import { parseTimeMicros } from "../core/time.js";

/** 2200-01-01: later times are a wrong unit or a sentinel. */
export const LATEST_MICROS = 7_258_118_400e6;

export function isAbsurd(micros: number): boolean {
  return !(micros >= 0 && micros < LATEST_MICROS);
}

/** A column of times, with its unit, which is the whole log's: a few rows by themselves could look like another. */
export interface TimeColumn {
  name: string;
  unit: FoundUnit;
  /** What a number of it is multiplied by. */
  toMicros: number;
}

/** The unit as told, as the column's type says, or from the numbers of the whole log, which are then read once. */
export async function timeColumn(
  source: LogSource,
  { name, type }: ColumnDescription,
  told: TimeUnit | undefined,
): Promise<TimeColumn> {
  const known = told === undefined ? unitOfType(type) : { unit: told, because: "unbatch.yaml says so" };
  const unit = known ?? (await unitOfNumbers(source, name));
  return { name, unit, toMicros: type === "timestamp" || type === "text" ? 1 : UNIT_MICROS[unit.unit] };
}

async function unitOfNumbers(source: LogSource, name: string): Promise<FoundUnit> {
  const tally = new UnitTally();
  for await (const { columns } of source.read([name])) {
    const column = columns.get(name);
    if (column?.kind === "number") tally.add(column.values);
  }
  return tally.finish();
}

/** The times of every row, in file order. */
export async function readTimes(source: LogSource, { name, toMicros }: TimeColumn): Promise<Float64Array> {
  const micros = new Float64Array((await source.describe()).rows);
  let at = 0;
  for await (const { columns, rows } of source.read([name])) {
    const column = columns.get(name);
    if (column !== undefined) writeMicros(column, rows, toMicros, micros, at);
    at += rows;
  }
  return micros;
}

/** Microseconds since the epoch, into [at, at + rows); NaN where there is no time. */
export function writeMicros(
  column: Column,
  rows: number,
  toMicros: number,
  into: Float64Array,
  at: number,
): void {
  if (column.kind === "text") {
    const times = column.distinct.map((text) => parseTimeMicros(text) ?? Number.NaN);
    for (let row = 0; row < rows; row++) into[at + row] = times[column.codes[row] ?? -1] ?? Number.NaN;
    return;
  }
  into.set(column.values.subarray(0, rows), at);
  if (toMicros === 1) return;
  for (let row = at; row < at + rows; row++) into[row] = Math.round((into[row] ?? 0) * toMicros);
}
