import { fileURLToPath } from "node:url";
import { compileWasm, KERNEL_NAMES, type Kernels, type WasmModule } from "../core/wasm.js";
import { readWhole } from "./files.js";
import { secondThread } from "./second-thread.js";

const MAX_BYTES = 1 << 20;

/**
 * The kernels that the build has put beside the code, on one thread or two: the results are the same bits. Only the deep
 * kernel has work for two.
 * Errors: the package is not whole.
 */
export function loadKernels({ threads = 1 }: { threads?: number } = {}): Kernels {
  const compiled = KERNEL_NAMES.map((name): [string, WasmModule] => [name, loadKernel(name)]);
  const kernels = Object.fromEntries(compiled) as Kernels;
  return threads > 1 ? { ...kernels, secondThread: secondThread() } : kernels;
}

/** Error: the package is not whole. */
export function loadKernel(name: (typeof KERNEL_NAMES)[number] | "parquet"): WasmModule {
  const path = fileURLToPath(new URL(`../../dist/kernels/${name}.wasm`, import.meta.url));
  return compileWasm(readWhole(path, MAX_BYTES));
}
