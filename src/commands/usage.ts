import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import type { MemoryLimit } from "../model/state-size.js";

/** User and system time of this process, all its threads, in seconds. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The same of this thread alone, as Linux tells it; elsewhere by the clock, which counts other work of the machine too. */
export function threadSeconds(): number {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e9;
  } catch {
    return performance.now() / 1e3;
  }
}

/** What a state may take: the memory of the machine, or of the group of processes that this one is limited by. */
export function memoryLimit(): MemoryLimit {
  const machine = totalmem();
  const own = process.constrainedMemory();
  return own > 0 && own < machine
    ? { bytes: own, of: "the memory that this process may have" }
    : { bytes: machine, of: "the memory of this machine" };
}

/** The most memory that this process has held, in bytes. */
export function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
