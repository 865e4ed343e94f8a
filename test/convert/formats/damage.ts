import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import { expect, it } from "vitest";
import { lookAt } from "../../../src/convert/look-at.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { elementCount, type Tensor } from "../../../src/core/tensor.js";
import { countAllocations } from "../../support/allocations.js";
import { memoryTree } from "../../support/tree.js";
import { changes } from "./changes.js";
import { layersOf } from "./layers.js";

export type Files = Readonly<Record<string, Uint8Array>>;
export type Outcome = "read" | "refused";

/** A megabyte for what is fixed, and this for each byte: compressed members may grow 200 times and are then decoded. */
const ALLOCATED_A_BYTE = 1000;
const SLACK_BYTES = 1 << 23;
/** A case takes milliseconds. One that takes this long would never end, and is stopped so that the others run. */
const ENDLESS_MILLISECONDS = 60_000;
/** Of a file that shows thousands of tensors, the first tell as much. */
const TENSORS = 100;

/**
 * Reads everything that can be read, as `inspect` and `convert` do. What comes back is whole and no larger than the
 * files, and takes no more memory than they could ask for; what does not is an UnbatchError that names a file.
 */
export async function outcome(path: string, files: Files, most = 1): Promise<Outcome> {
  const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  let result: Outcome = "read";
  const attempt = async (read: () => unknown): Promise<void> => {
    const allocations = countAllocations(bytes * ALLOCATED_A_BYTE + SLACK_BYTES);
    try {
      await ending(read);
    } catch (error) {
      if (!(error instanceof UnbatchError)) throw error;
      expect(error.parts.where ?? "").toMatch(new RegExp(`${path}|${Object.keys(files).join("|")}`));
      result = "refused";
    } finally {
      allocations.close();
    }
  };
  await attempt(async () => {
    const checkpoint = await openCheckpoint(memoryTree(path, files));
    lookAt(checkpoint, path);
    const { tensors, slots } = checkpoint;
    const all: Tensor[] = [...tensors.values(), ...slots.flatMap(({ slots: parts }) => [...parts.values()])];
    for (const { shape, values } of all.slice(0, TENSORS)) {
      expect(elementCount(shape)).toBeLessThanOrEqual(bytes * most);
      await attempt(() => expect(values().length).toBe(elementCount(shape)));
    }
  });
  return result;
}

const sandbox = createContext({ work: (): unknown => undefined });

/** Runs what should end: where it does not, an error and no test run that hangs. */
function ending(work: () => unknown): unknown {
  sandbox["work"] = work;
  return runInContext("work()", sandbox, { timeout: ENDLESS_MILLISECONDS });
}

/** Runs a property over damaged files and asserts that some were refused, so that the damage was felt. */
export function expectSafe(
  title: string,
  runs: number,
  damaged: fc.Arbitrary<{ path: string; files: Files }>,
  /** Elements a byte of the file: more than one only where the format compresses or quantises. */
  most = 1,
): void {
  it(title, { timeout: 60_000 }, async () => {
    const seen = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(damaged, async ({ path, files }) => {
        seen[await outcome(path, files, most)] += 1;
      }),
      { numRuns: runs },
    );
    expect(seen.refused).toBeGreaterThan(runs / 20);
    expect(seen.read + seen.refused).toBe(runs);
  });
}

/** Damages one file of a checkpoint at a time. */
export function expectSafeFiles(
  title: string,
  path: string,
  files: Files,
  { runs = 150, most = 1 }: { runs?: number; most?: number } = {},
): void {
  expectSafe(
    title,
    runs,
    damaged(files).map((changed) => ({ path, files: changed })),
    most,
  );
}

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
