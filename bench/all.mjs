/**
 * `npm run bench`: speed, one benchmark after another, each a process of its own; the exit code is 1 where one ends
 * otherwise than with 0. `npm run bench -- [NAME...] [ROWS]` runs these alone; ROWS are those of the families' log.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** In the order of the questions: how long until it starts, from memory, end to end. */
const BENCHMARKS = ["startup", "kernels", "deep", "bpr", "families"];

const given = process.argv.slice(2);
const isRows = (text) => /^\d+$/.test(text);
const names = given.filter((text) => !isRows(text));
const chosen = names.length > 0 ? names : BENCHMARKS;
const failed = [];
for (const name of chosen) {
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  if (!existsSync(script)) {
    console.log(`\n## ${name}: not in this checkout`);
    continue;
  }
  console.log(`\n## ${name}\n`);
  const rows = name === "families" ? given.filter(isRows) : [];
  const { status } = spawnSync(process.execPath, [script, ...rows], { stdio: "inherit" });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`ended otherwise than with 0: ${failed.join(", ")}`);
  process.exitCode = 1;
}
