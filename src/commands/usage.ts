import { readFileSync } from "node:fs";

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

/** The most memory that this process has held, in bytes. */
export function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
