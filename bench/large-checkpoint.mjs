// Memory that a large checkpoint takes: inspect, every tensor read one after the other, and convert, as whole processes.
//   node bench/large-checkpoint.mjs [GIGABYTES, 2] [FOLDER for the files, the system's own for temporary ones]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WIDTH, writeBundle, writeSafetensors } from "./large/write.mjs";

const [gigabytes = "2", parent = tmpdir()] = process.argv.slice(2);
const rows = Math.round((Number(gigabytes) * 2 ** 30) / (4 * WIDTH));
const tables = [
  { name: "item_embedding.weight", rows: Math.ceil(rows / 1000) },
  { name: "user_embedding.weight", rows },
];
const modelMegabytes = (tables.reduce((sum, table) => sum + table.rows, 0) * WIDTH * 4) / 2 ** 20;

const bin = fileURLToPath(new URL("../bin/unbatch.js", import.meta.url));
const dist = new URL("../dist/", import.meta.url).href;
const PEAK = `process.on("exit", () => process.stderr.write("\\n" + process.resourceUsage().maxRSS));`;
const COMMAND = `${PEAK} import(${JSON.stringify(bin)});`;
const READ = `${PEAK}
const { openCheckpoint } = await import("${dist}convert/open.js");
const { openTree } = await import("${dist}io/files.js");
for (const { values } of (await openCheckpoint(openTree(process.argv[2]))).tensors.values()) values();`;

/** @param {string} script @param {readonly string[]} args */
function run(script, args) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", script, "--", bin, ...args],
    { encoding: "utf8", maxBuffer: 1e8 },
  );
  if (status !== 0) console.log(stderr.slice(0, 600));
  return Number(stderr.trimEnd().split("\n").at(-1)) / 1024;
}

const folder = mkdtempSync(join(parent, "unbatch-large-"));
try {
  const config = join(folder, "unbatch.yaml");
  const feature = (name, table) =>
    `  - { name: ${name}, encoder: { kind: identity, size: ${table.rows} } }\n`;
  writeFileSync(
    config,
    `version: 1
log: { time: at, label: clicked }
features:
${feature("user", tables[1])}${feature("item", tables[0])}learner: { optimizer: { kind: sgd, rate: 0.1 }, precision: float32 }
`,
  );
  const base = run(COMMAND, ["inspect", "fixtures/made/safetensors/two_tower.safetensors"]);
  console.log(`weights ${modelMegabytes.toFixed(0)} MB; inspect of a small file ${base.toFixed(0)} MB`);
  for (const write of [writeSafetensors, writeBundle]) {
    const path = write(folder, tables);
    const out = join(folder, "model");
    const peaks = {
      inspect: run(COMMAND, ["inspect", path]),
      read: run(READ, [path]),
      convert: run(COMMAND, ["convert", path, "--config", config, "--out", out, "--rows", "100"]),
    };
    for (const [what, megabytes] of Object.entries(peaks)) {
      const above = (megabytes - modelMegabytes).toFixed(0);
      console.log(
        `${write.name.slice(5).padEnd(12)} ${what.padEnd(8)} ${megabytes.toFixed(0)} MB, ${above} MB above the weights`,
      );
    }
    rmSync(out, { recursive: true, force: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
