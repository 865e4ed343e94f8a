import { createContext, runInContext } from "node:vm";
import { lookAt } from "../../../src/convert/look-at.js";
import { openCheckpoint } from "../../../src/convert/open.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { elementCount, type Tensor } from "../../../src/core/tensor.js";
import { countAllocations } from "../../support/allocations.js";
import { memoryTree } from "../../support/tree.js";

export type Files = Readonly<Record<string, Uint8Array>>;
export type Outcome = "read" | "refused";

/** Compressed members may grow 200 times, and are then decoded. */
const ALLOCATED_A_BYTE = 1000;
const SLACK_BYTES = 1 << 23;
/** A case takes milliseconds. One that takes this long would never end, and is stopped so that the others run. */
const ENDLESS_MILLISECONDS = 60_000;
/** Of a file that shows thousands of tensors, the first tell as much. */
const TENSORS = 100;

/**
 * Reads everything that can be read, as `inspect` and `convert` do. What comes back is whole and has at most `elementsAByte`
 * elements a byte of the files; nothing takes more memory than the files could ask for; what cannot be read is an
 * UnbatchError that names a file. Error: anything else.
 */
export async function outcome(path: string, files: Files, elementsAByte = 1): Promise<Outcome> {
  const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  let result: Outcome = "read";
  const attempt = async (read: () => unknown): Promise<void> => {
    const most = bytes * ALLOCATED_A_BYTE + SLACK_BYTES;
    const allocations = countAllocations(most);
    try {
      await ending(read);
    } catch (error) {
      if (!(error instanceof UnbatchError)) throw error;
      const { where = "" } = error.parts;
      if (![path, ...Object.keys(files)].some((name) => where.includes(name)))
        throw new Error(`an error that names no file: ${error.message}`);
      result = "refused";
    } finally {
      allocations.close();
    }
    // What refused it may have been caught and told as damage.
    if (allocations.bytes > most) throw new Error(`${allocations.bytes} bytes asked for, of at most ${most}`);
  };
  await attempt(async () => {
    const checkpoint = await openCheckpoint(memoryTree(path, files));
    lookAt(checkpoint, path);
    const { tensors, slots } = checkpoint;
    const all: Tensor[] = [...tensors.values(), ...slots.flatMap(({ slots: parts }) => [...parts.values()])];
    for (const { name, shape, values } of all.slice(0, TENSORS)) {
      const elements = elementCount(shape);
      if (!(elements <= bytes * elementsAByte))
        throw new Error(`${name}: ${elements} elements of ${bytes} bytes`);
      await attempt(() => {
        const { length } = values();
        if (length !== elements) throw new Error(`${name}: ${length} values for ${elements}`);
      });
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
