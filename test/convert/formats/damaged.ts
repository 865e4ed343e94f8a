import fc from "fast-check";
import { changes } from "./changes.js";
import { layersOf } from "./layers.js";
import type { Files } from "./outcome.js";

/** One file of them changed: its bytes, or a part beneath its checksums, which are made true again. */
export function damaged(files: Files): fc.Arbitrary<Files> {
  const names = fc.constantFrom(...Object.keys(files));
  return fc.tuple(names, fc.nat(), fc.boolean(), changes).map(([name, which, isBeneath, change]) => {
    const bytes = files[name] ?? new Uint8Array(0);
    const layers = isBeneath ? layersOf(bytes) : undefined;
    const changed = layers === undefined ? change(bytes) : layers.changed(which, change);
    return { ...files, [name]: changed };
  });
}
