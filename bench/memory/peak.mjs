/**
 * `node --import ./bench/memory/peak.mjs …`: at the end, writes the most memory that the process held, in bytes, to the
 * file that UNBATCH_PEAK names. Linux's high-water mark of the program itself, where there is one: what getrusage tells
 * includes that of the parent.
 */
import { readFileSync, writeFileSync } from "node:fs";

process.on("exit", () => {
  const path = process.env.UNBATCH_PEAK;
  if (path !== undefined) writeFileSync(path, String(peakBytes()));
});

function peakBytes() {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"))[1]);
  } catch {
    return 1024 * process.resourceUsage().maxRSS;
  }
}
