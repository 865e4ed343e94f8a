import { type WasmMemory, wasmMemory } from "../../core/wasm.js";
import type { StateArray } from "../optimizers/optimizer.js";

/** The module's own first page. */
const RESERVED_BYTES = 65_536;
const ALIGNMENT = 16;
/** A wasm memory has 32-bit addresses. */
export const MAX_ARENA_BYTES: number = 2 ** 32 - 65_536;

export function alignedBytes(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** One wasm memory of a fixed size, handed out as typed arrays from its start on. It never grows: views stay valid. */
export class Arena {
  readonly memory: WasmMemory;
  #next = RESERVED_BYTES;

  /** @param bytes of all that will be taken, each rounded up by alignedBytes. */
  constructor(bytes: number) {
    this.memory = wasmMemory(RESERVED_BYTES + bytes);
  }

  float64(length: number): Float64Array {
    return new Float64Array(this.memory.buffer, this.#take(8 * length), length);
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.#take(4 * length), length);
  }

  /** A copy of the values, of their own precision. */
  copyOf(values: StateArray): StateArray {
    const copy =
      values instanceof Float64Array
        ? this.float64(values.length)
        : new Float32Array(this.memory.buffer, this.#take(4 * values.length), values.length);
    copy.set(values);
    return copy;
  }

  #take(bytes: number): number {
    const at = this.#next;
    this.#next += alignedBytes(bytes);
    if (this.#next > this.memory.buffer.byteLength)
      throw new RangeError("a wasm memory smaller than what lies in it");
    return at;
  }
}
