import { copyRows } from "../strided.js";
import type { Table } from "../table.js";
import { type Arena, alignedBytes } from "./arena.js";

/**
 * Moves a table into a kernel's memory, each row's slots right behind its weights, so that an update touches one
 * stretch of memory. The table goes on seeing them there, by a longer stride.
 */
export function interleave(arena: Arena, table: Table): void {
  const stride = strideOf(table);
  const values = arena.stateArray(table.weights, table.capacity * stride);
  const columns = [table.weights, ...table.slots].map((from, column) => {
    const to = values.subarray(column * table.width);
    copyRows({ values: from, stride: table.stride }, { values: to, stride }, table.rows, table.width);
    return to;
  });
  const [weights = values, ...slots] = columns;
  table.lie(weights, slots, stride);
}

/** Bytes that `interleave` takes. */
export function interleavedBytes(table: Table): number {
  return alignedBytes(table.capacity * strideOf(table) * table.weights.BYTES_PER_ELEMENT);
}

/** Numbers from row to row: three and four lie within a line of the cache, five and more where they fall. */
function strideOf({ width, slots }: Table): number {
  const numbers = width * (1 + slots.length);
  return numbers === 3 ? 4 : numbers;
}
