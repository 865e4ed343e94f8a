import type { SecondThread } from "./halves.js";

/** The part of WebAssembly that is used; the language's own library does not describe it. */
interface WebAssemblyApi {
  Memory: {
    new (size: { initial: number; maximum: number; shared: true }): SharedWasmMemory;
    new (size: { initial: number }): WasmMemory;
  };
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (module: WasmModule, imports: object) => { exports: Readonly<Record<string, unknown>> };
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** One that threads may share. */
export interface SharedWasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** Compiled code, without a memory. */
export interface WasmModule {
  readonly kind?: "wasm";
}

/** Of each source of the package's kernels its name. */
export const KERNEL_NAMES = ["bpr", "deep", "hash", "sparse"] as const;

/** The package's kernels, compiled; without them the plain terms learn. */
export type Kernels = Readonly<Record<(typeof KERNEL_NAMES)[number], WasmModule>> & {
  /** Absent: one thread does all, with the same result. */
  readonly secondThread?: SecondThread;
};

/** What reading takes of them; without it the plain functions hash. */
export type ReadKernels = Pick<Kernels, "hash">;

declare const WebAssembly: WebAssemblyApi;

const PAGE_BYTES = 65_536;

/** Zeros. Errors: RangeError where it cannot be had, or is more than 4 GiB. */
export function wasmMemory(bytes: number): WasmMemory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
}

/** The same, for threads to share. */
export function sharedWasmMemory(bytes: number): SharedWasmMemory {
  const initial = Math.ceil(bytes / PAGE_BYTES);
  return new WebAssembly.Memory({ initial, maximum: initial, shared: true });
}

/** What kernels take from the language, where another library would differ in the last bit. */
export const kernelMath: Pick<Math, "exp" | "expm1" | "log1p" | "tanh"> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log1p: Math.log1p,
  tanh: Math.tanh,
};

export function compileWasm(bytes: Uint8Array): WasmModule {
  return new WebAssembly.Module(bytes);
}

export function startWasm(module: WasmModule, imports: object): Readonly<Record<string, unknown>> {
  return new WebAssembly.Instance(module, imports).exports;
}
