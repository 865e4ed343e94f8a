import type { StateArray } from "../model/optimizers/optimizer.js";

/** Numbers of a table of the online model, [rows, width], that are made from the source's when they are asked for. */
export interface BuiltArray {
  rows: number;
  width: number;
  /** Opens what they are made of. Errors: as readStretch, when the rows are asked for. */
  open(): MakeRows;
}

/** Rows [from, to), in an array that is the caller's. */
export type MakeRows = (from: number, to: number) => StateArray;

/** Numbers that are there already. */
export function heldArray(values: StateArray, width: number): BuiltArray {
  const make: MakeRows = (from, to) => values.slice(from * width, to * width);
  return { rows: values.length / width, width, open: () => make };
}

export function wholeOf({ rows, open }: BuiltArray): StateArray {
  return open()(0, rows);
}

/** Numbers that are made at once, where a row is no longer. */
export const STRETCH: number = 2 ** 19;

/** All rows, in stretches. */
export function* stretchesOfRows({ rows, width, open }: BuiltArray): Generator<{
  from: number;
  values: StateArray;
}> {
  const make = open();
  const step = Math.max(1, Math.floor(STRETCH / width));
  for (let from = 0; from < rows; from += step)
    yield { from, values: make(from, Math.min(rows, from + step)) };
}

/** The first that is not finite; -1 where all are. */
export function firstNotFinite(values: StateArray): number {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return at;
  return -1;
}
