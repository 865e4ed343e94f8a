import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Hdf5Answer, Hdf5Request } from "./hdf5-worker.js";

/** Of the processor's time, which a busy machine does not shorten; and as a last resort ten times as long on the clock. */
const MILLISECONDS = 5_000;
const BYTES_A_MILLISECOND = 10_000;
const CLOCK_A_PROCESSOR = 10;
const LOOK_EVERY_MILLISECONDS = 500;

/** A thread with the library in it, and what it shares with this one. */
interface Running {
  worker: Worker;
  port: MessagePort;
  /** 1 where it has answered. */
  answered: Int32Array<SharedArrayBuffer>;
  /** Who sent the file that it holds. */
  owner: object | undefined;
}

let running: Running | undefined;

/**
 * Asks the HDF5 library, which runs in a thread of its own: a damaged file can lead it round in circles, or into its own
 * memory, and a thread can be stopped. It holds one file at a time, `owner`'s, which is sent where it holds another.
 * Waits for the answer; undefined where the library did not end within 5 seconds of the processor's and one more for each
 * 10 MB, a hundred times what a good file takes. After that, and after an answer that broke it, a new thread is started.
 */
export function askHdf5(
  request: Hdf5Request,
  owner: object,
  file: () => Uint8Array,
  patienceMilliseconds: number = MILLISECONDS,
): Hdf5Answer | undefined {
  const thread = running ?? start();
  running = thread;
  const bytes = thread.owner === owner ? undefined : file();
  thread.owner = owner;
  Atomics.store(thread.answered, 0, 0);
  thread.port.postMessage({ request, bytes });
  const size = Math.max(bytes?.length ?? 0, request.kind === "values" ? request.bytes : 0);
  waitFor(thread.answered, patienceMilliseconds + size / BYTES_A_MILLISECOND);
  const answer = receiveMessageOnPort(thread.port)?.message as Hdf5Answer | undefined;
  if (answer === undefined || (answer.kind === "refused" && answer.isBroken)) stop(thread);
  return answer;
}

/** This thread stands still meanwhile, so that the process' time is the other's. */
function waitFor(answered: Int32Array<SharedArrayBuffer>, milliseconds: number): void {
  const before = process.cpuUsage();
  const every = Math.min(LOOK_EVERY_MILLISECONDS, milliseconds);
  for (let waited = 0; waited < CLOCK_A_PROCESSOR * milliseconds; waited += every) {
    if (Atomics.wait(answered, 0, 0, every) !== "timed-out") return;
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 > milliseconds) return;
  }
}

function start(): Running {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const path = fileURLToPath(
    new URL("../../../../dist/convert/formats/keras/hdf5-worker.js", import.meta.url),
  );
  const worker = new Worker(path, {
    workerData: { port: port2, answered },
    transferList: [port2],
    execArgv: [],
    // What the library says of its own failures stays there.
    stdout: true,
    stderr: true,
  });
  worker.on("error", () => {});
  worker.unref();
  port1.unref();
  return { worker, port: port1, answered, owner: undefined };
}

function stop({ worker, port }: Running): void {
  running = undefined;
  port.close();
  void worker.terminate();
}
