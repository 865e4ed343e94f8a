/** The thread that the HDF5 library runs in: it holds the file that was sent last, and answers one request at a time. */
import { type MessagePort, workerData } from "node:worker_threads";
import { contentsOf, type Hdf5Contents, Refused, valuesOf } from "./hdf5-library.js";
import { limitMemory } from "./wasm-limit.js";

export type Hdf5Request =
  | { kind: "contents" }
  /** The `bytes` bytes of a dataset. */
  | { kind: "values"; path: string; bytes: number };

export type Hdf5Answer =
  | { kind: "contents"; contents: Hdf5Contents }
  | { kind: "values"; values: Uint8Array<ArrayBuffer> }
  /** `isBroken`: the library's own memory is not to be trusted any more. */
  | { kind: "refused"; found: string; expected: string; isBroken: boolean };

const ARCHIVE = "/checkpoint.h5";
/** What the library takes for itself; beyond, what the file and a dataset could fill, twice over. */
const LIBRARY_BYTES = 1 << 26;

/** What the thread was started with; null where this is the first thread. */
interface Line {
  port: MessagePort;
  /** 1 where a request was answered. */
  answered: Int32Array;
}

interface Sent {
  request: Hdf5Request;
  bytes: Uint8Array | undefined;
}

const line = workerData as Line | null;
if (line !== null) answerAll(line);

function answerAll({ port, answered }: Line): void {
  const setLimit = limitMemory();
  let fileBytes = 0;
  port.on("message", async ({ request, bytes }: Sent) => {
    fileBytes = bytes?.length ?? fileBytes;
    setLimit(LIBRARY_BYTES + 2 * fileBytes + (request.kind === "values" ? 2 * request.bytes : 0));
    const answer = await answerTo(request, fileBytes, bytes);
    port.postMessage(answer, answer.kind === "values" ? [answer.values.buffer] : []);
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  });
}

async function answerTo(
  request: Hdf5Request,
  fileBytes: number,
  bytes: Uint8Array | undefined,
): Promise<Hdf5Answer> {
  const library = await import("h5wasm");
  const module = await library.ready;
  try {
    if (bytes !== undefined) {
      // What the library could not close of the file before, it would take for this one under the same name.
      if (module.FS.analyzePath(ARCHIVE).exists) module.FS.unlink(ARCHIVE);
      module.FS.writeFile(ARCHIVE, bytes);
    }
    module.activate_throwing_error_handler();
    const file = new library.File(ARCHIVE, "r");
    try {
      return request.kind === "contents"
        ? { kind: "contents", contents: contentsOf(file, module, fileBytes) }
        : { kind: "values", values: valuesOf(file, module, request.path, request.bytes) };
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof Refused)
      return { kind: "refused", found: error.message, expected: error.expected, isBroken: false };
    // What the library throws, whatever it is, is the file's fault; a RuntimeError is an access out of bounds, an abort.
    const isBroken = error instanceof Error && error.name === "RuntimeError";
    return { kind: "refused", found: `HDF5: ${wordsOf(error)}`, expected: "a whole HDF5 file", isBroken };
  }
}

/** Of the library's trace of calls the outermost: which function, and what failed. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, call, reason] = / in (H5\w+)\(\): ([^\n]+)/.exec(text) ?? [];
  return call === undefined ? (text.split("\n")[0] ?? "").slice(0, 200) : `${call}: ${reason}`;
}
