import type { HashSpec } from "../../core/model-spec.js";
import type { Texts } from "../../core/texts.js";
import { startWasm, type WasmModule, wasmMemory } from "../../core/wasm.js";
import type { BytesToRow } from "./hash-bucket.js";

/** The row of every text of a list, by place. */
export type TextsToRows = (texts: Texts, into: Int32Array) => void;

type FarmhashRows = (
  ...args: [
    bytes: number,
    first: number,
    starts: number,
    ends: number,
    count: number,
    buckets: number,
    out: number,
  ]
) => void;

/** Texts that are hashed at once, and room for their bytes. */
const MOST_TEXTS = 16_384;
const MOST_BYTES = 1 << 20;

/**
 * The same rows as `rowOf`, which hashes as `spec` says, several times faster; undefined where the kernel lacks its
 * function.
 */
export function hashKernel(module: WasmModule, spec: HashSpec, rowOf: BytesToRow): TextsToRows | undefined {
  const { buckets } = spec;
  if (spec.function !== "farmhash64" || spec.prefix !== undefined || spec.maskValue !== undefined)
    return undefined;
  const memory = wasmMemory(MOST_BYTES + 12 * MOST_TEXTS);
  const farmhashRows = startWasm(module, { env: { memory } })["farmhashRows"] as FarmhashRows;
  const staged = new Uint8Array(memory.buffer, 0, MOST_BYTES);
  const [starts, ends, rows] = [0, 1, 2].map(
    (index) => new Int32Array(memory.buffer, MOST_BYTES + 4 * MOST_TEXTS * index, MOST_TEXTS),
  );
  if (starts === undefined || ends === undefined || rows === undefined) return undefined;
  return (texts, into) => {
    for (let from = 0; from < texts.length; ) {
      const to = endOfStage(texts, from);
      const first = texts.starts[from] ?? 0;
      if (to === from) {
        into[from] = rowOf(texts.bytes, first, texts.ends[from] ?? 0);
        from += 1;
        continue;
      }
      staged.set(texts.bytes.subarray(first, texts.ends[to - 1]));
      starts.set(texts.starts.subarray(from, to));
      ends.set(texts.ends.subarray(from, to));
      const count = to - from;
      farmhashRows(
        staged.byteOffset,
        first,
        starts.byteOffset,
        ends.byteOffset,
        count,
        buckets,
        rows.byteOffset,
      );
      into.set(rows.subarray(0, count), from);
      from = to;
    }
  };
}

/** As many texts from `from` on as are staged at once: none where the first is too long. They lie in order. */
function endOfStage({ starts, ends, length }: Texts, from: number): number {
  const first = starts[from] ?? 0;
  let to = Math.min(length, from + MOST_TEXTS);
  while (to > from && (ends[to - 1] ?? 0) - first > MOST_BYTES) to -= Math.ceil((to - from) / 8);
  return to;
}
