import { type SharedWasmMemory, sharedWasmMemory } from "../../core/wasm.js";
import type { StateArray } from "../optimizers/optimizer.js";
import type { Table } from "../table.js";
import { MAX_ARENA_BYTES } from "./arena.js";
import type { DeepLayout } from "./deep-layout.js";
import type { DeepParts } from "./deep-parts.js";

/** Memory that threads share; undefined where it cannot be so large, or is not to be had now: the plain terms learn. */
export function deepMemory(bytes: number): SharedWasmMemory | undefined {
  if (bytes > MAX_ARENA_BYTES) return undefined;
  try {
    return sharedWasmMemory(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The state's own arrays lie in the kernel's memory from now on; everything that reads the state reads these. */
export function moveTables({ tables }: DeepParts, layout: DeepLayout, buffer: ArrayBufferLike): void {
  const move = (table: Table, values: StateArray, width: number, address: number): StateArray => {
    const moved = new Float32Array(buffer, address, table.capacity * width);
    moved.set(values.subarray(0, table.rows * width));
    return moved;
  };
  for (const { table } of tables) {
    const own = layout.tableOf.get(table);
    if (own === undefined) continue;
    const slots = table.slots.map((slot, index) => move(table, slot, table.slotWidth, own.slots[index] ?? 0));
    table.lie(move(table, table.weights, table.width, own.weights), slots, table.width);
  }
}
