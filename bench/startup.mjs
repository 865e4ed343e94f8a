// Time of `unbatch --help` over bare Node, as whole processes in turn: medians of so many runs.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const RUNS = 21;
const bin = fileURLToPath(new URL("../bin/unbatch.js", import.meta.url));
const commands = { "node -e 0": ["-e", "0"], "unbatch --help": [bin, "--help"] };

/** @type {Record<string, number[]>} */
const millis = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
for (let run = -1; run < RUNS; run++) {
  for (const [name, args] of Object.entries(commands)) {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
    if (status !== 0) throw new Error(`${name} exited with ${status}`);
    if (run >= 0) millis[name]?.push(performance.now() - started);
  }
}

const medians = Object.entries(millis).map(([name, times]) => {
  const sorted = [...times].sort((a, b) => a - b);
  const [low, median, high] = [0, RUNS >> 1, RUNS - 1].map((at) => sorted[at] ?? Number.NaN);
  console.log(
    `${name.padEnd(16)} ${median?.toFixed(1)} ms (${low?.toFixed(1)} to ${high?.toFixed(1)}, ${RUNS} runs)`,
  );
  return median ?? Number.NaN;
});
console.log(`over bare Node   ${((medians[1] ?? 0) - (medians[0] ?? 0)).toFixed(1)} ms; the limit is 40 ms`);
