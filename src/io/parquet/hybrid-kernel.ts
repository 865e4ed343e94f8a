import { startWasm, wasmMemory } from "../../core/wasm.js";
import { loadKernel } from "../kernels.js";

type Decode = (
  ...args: [at: number, to: number, bitWidth: number, count: number, most: number, out: number]
) => number;

interface HybridKernel {
  decode: Decode;
  values: Int32Array;
  bytes: Uint8Array;
}

/** Fewer values are decoded before the kernel is called, and more would fill its memory. */
const FROM_VALUES = 256;
const MOST_VALUES = 1 << 22;
const LEAST_MEMORY_VALUES = 1 << 16;
/** A value is read with the 8 bytes from its first on. */
const SLACK_BYTES = 8;

let kernel: HybridKernel | undefined;

/** What decodeHybrid returns, several times faster; undefined where it is for the plain code, as errors are. */
export function decodeByKernel(
  bytes: Uint8Array,
  bitWidth: number,
  count: number,
  most: number,
): Int32Array | undefined {
  if (count < FROM_VALUES || count > MOST_VALUES || bytes.length > 4 * MOST_VALUES) return undefined;
  if (kernel === undefined || kernel.values.length < count || kernel.bytes.length < bytes.length)
    kernel = startKernel(2 * Math.max(LEAST_MEMORY_VALUES, count, bytes.length / 4));
  const { decode, values, bytes: staged } = kernel;
  staged.set(bytes);
  const at = staged.byteOffset;
  const isWhole = decode(at, at + bytes.length, bitWidth, count, most, values.byteOffset);
  return isWhole === 1 ? values.slice(0, count) : undefined;
}

function startKernel(size: number): HybridKernel {
  const places = Math.ceil(size);
  const memory = wasmMemory(8 * places + SLACK_BYTES);
  return {
    decode: startWasm(loadKernel("parquet"), { env: { memory } })["decode"] as Decode,
    values: new Int32Array(memory.buffer, 0, places),
    bytes: new Uint8Array(memory.buffer, 4 * places, 4 * places),
  };
}
