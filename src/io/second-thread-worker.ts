/** The second thread itself: it holds the kernel that was sent last, and does second halves of its work. */
import { readlinkSync } from "node:fs";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type SharedKernel, takeHalves } from "../core/halves.js";
import { kernelMath, startWasm } from "../core/wasm.js";
import type { SecondThreadData } from "./second-thread.js";

type Half = (plan: number, half: number, count: number) => void;

const port = parentPort;
let exports: Readonly<Record<string, unknown>> = {};
if (port !== null) {
  const { control, id } = workerData as SecondThreadData;
  Atomics.store(id, 0, ownId());
  takeHalves(
    control,
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

/** This thread's number in the system; 0 where that does not tell. */
function ownId(): number {
  try {
    return Number.parseInt(readlinkSync("/proc/thread-self").split("/").at(-1) ?? "0", 10);
  } catch {
    return 0;
  }
}
