import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { controlArray, offerHalf, type SecondThread, type SharedKernel } from "../core/halves.js";

/**
 * Starts the thread. Until it runs, and where it is late, the first thread does all; the process ends without waiting
 * for it.
 */
export function startSecondThread(): SecondThread {
  const control = controlArray();
  const path = fileURLToPath(new URL("../../dist/io/second-thread-worker.js", import.meta.url));
  const worker = new Worker(path, { workerData: control, execArgv: [] });
  // Where it does not start, or ends between two halves, the first thread does all from then on.
  worker.on("error", () => {});
  worker.unref();
  let current: SharedKernel | undefined;
  return {
    inTwo(kernel, work, run) {
      if (kernel !== current) worker.postMessage(kernel);
      current = kernel;
      offerHalf(control, work, run);
    },
  };
}
