import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { controlArray, offerHalf, type SecondThread, type SharedKernel } from "../core/halves.js";

/** What the thread is given: where halves are offered, and where it writes its number in the system; 0 until then. */
export interface SecondThreadData {
  control: Int32Array<SharedArrayBuffer>;
  id: Int32Array<SharedArrayBuffer>;
}

/**
 * A thread that starts with the first work. Until it runs, and where it is late, the first thread does all; the process
 * ends without waiting for it.
 */
export function secondThread(): SecondThread {
  const data: SecondThreadData = {
    control: controlArray(),
    id: new Int32Array(new SharedArrayBuffer(4)),
  };
  let worker: Worker | undefined;
  let current: SharedKernel | undefined;
  let seconds = 0;
  return {
    inTwo(kernel, work, run) {
      worker ??= start(data);
      if (kernel !== current) worker.postMessage(kernel);
      current = kernel;
      offerHalf(data.control, work, run);
    },
    cpuSeconds() {
      seconds = cpuSecondsOf(Atomics.load(data.id, 0)) ?? seconds;
      return seconds;
    },
  };
}

function start(data: SecondThreadData): Worker {
  const path = fileURLToPath(new URL("../../dist/io/second-thread-worker.js", import.meta.url));
  const worker = new Worker(path, { workerData: data, execArgv: [] });
  // Where it does not start, or ends between two halves, the first thread does all from then on.
  worker.on("error", () => {});
  worker.unref();
  return worker;
}

/** Undefined where the system does not tell, or the thread has ended. */
function cpuSecondsOf(id: number): number | undefined {
  try {
    return Number.parseInt(readFileSync(`/proc/self/task/${id}/schedstat`, "latin1"), 10) / 1e9;
  } catch {
    return undefined;
  }
}
