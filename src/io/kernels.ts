import { fileURLToPath } from "node:url";
import { compileWasm, type Kernels } from "../core/wasm.js";
import { readWhole } from "./files.js";

const MAX_BYTES = 1 << 20;

/** The kernels that the build has put beside the code. Errors: the package is not whole. */
export function loadKernels(): Kernels {
  const path = fileURLToPath(new URL("../../dist/kernels/linear.wasm", import.meta.url));
  return { linear: compileWasm(readWhole(path, MAX_BYTES)) };
}
