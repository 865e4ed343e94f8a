/** Commands as whole processes, measured from outside, and loops that are the same on every machine. */
import { spawnSync } from "node:child_process";

/**
 * Seconds on the clock and CPU seconds (user and system, of its own children too) by bash's `time`, with what the
 * command printed on stdout and stderr. Error: the command fails.
 */
export function measure(command, args) {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$@" 2>&1';
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script, "bash", command, ...args], {
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  const [seconds = 0, user = 0, system = 0] = stderr.trim().split(" ").map(Number);
  return { seconds, cpuSeconds: user + system, printed: stdout };
}

/** CPU seconds of fixed loops, the best of five: so that figures of two machines, or of two days, can be compared. */
export function calibration() {
  return { arithmetic: best(arithmetic), memory: best(memory) };
}

/** A hundred million dependent multiplications and additions in float64. */
function arithmetic() {
  let value = 1;
  for (let step = 0; step < 1e8; step++) value = value * 0.999999 + 1e-6;
  return value;
}

const table = new Float32Array(2 ** 24);

/** Ten million reads and writes at random places of 64 MB. */
function memory() {
  let at = 12345;
  for (let step = 0; step < 1e7; step++) {
    at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
    table[at >>> 8] += 1;
  }
  return table[0];
}

function best(loop) {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const before = process.cpuUsage();
    loop();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1e6);
  }
  return least;
}
