/** The second thread itself: it holds the kernel that was sent last, and does second halves of its work. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type SharedKernel, takeHalves } from "../core/halves.js";
import { kernelMath, startWasm } from "../core/wasm.js";

type Half = (plan: number, half: number, count: number) => void;

const port = parentPort;
let exports: Readonly<Record<string, unknown>> = {};
if (port !== null) {
  takeHalves(
    workerData as Int32Array<SharedArrayBuffer>,
    ({ task, plan, count }) => (exports[task] as Half)(plan, 1, count),
    () => {
      let sent: SharedKernel | undefined;
      for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
        sent = next.message as SharedKernel;
      if (sent !== undefined)
        exports = startWasm(sent.module, { env: { memory: sent.memory, ...kernelMath } });
    },
  );
}
