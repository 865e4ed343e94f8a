/**
 * `npm run bench`: every benchmark here, one after another, each a process of its own; the exit code is 1 where one ends
 * otherwise than with 0. `node bench/all.mjs NAME...` runs these alone.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Speed, in the order of the questions: how long until it starts, from memory, end to end; how much memory; then what intervals hold. */
const BENCHMARKS = ["startup", "kernels", "deep", "bpr", "families", "memory", "coverage"];

const chosen = process.argv.length > 2 ? process.argv.slice(2) : BENCHMARKS;
const failed = [];
for (const name of chosen) {
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  if (!existsSync(script)) {
    console.log(`\n## ${name}: not in this checkout`);
    continue;
  }
  console.log(`\n## ${name}\n`);
  const { status } = spawnSync(process.execPath, [script], { stdio: "inherit" });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`ended otherwise than with 0: ${failed.join(", ")}`);
  process.exitCode = 1;
}
