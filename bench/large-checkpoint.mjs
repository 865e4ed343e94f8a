/**
 * Memory that a large checkpoint takes, as whole processes: inspect, every tensor read one after the other, and convert at
 * both precisions. Exits 1 where one is more than 200 MB above the model's own size: the larger of its file and, of
 * convert, the state that is written.
 *
 *   node bench/large-checkpoint.mjs [GIGABYTES, 2] [FOLDER for the files, the system's own for temporary ones]
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WIDTH, writeBundle, writeSafetensors } from "./large/write.mjs";
import { measure } from "./process.mjs";

const MOST_ABOVE = 200e6;
const [gigabytes = "2", parent = tmpdir()] = process.argv.slice(2);
const rows = Math.round((Number(gigabytes) * 2 ** 30) / (4 * WIDTH));
const tables = [
  { name: "item_embedding.weight", rows: Math.ceil(rows / 1000) },
  { name: "user_embedding.weight", rows },
];
const weightBytes = tables.reduce((sum, table) => sum + table.rows, 0) * WIDTH * 4;
/** What is learned with, and so the size of what is written: as large as the weights, and four times as large. */
const LEARNERS = {
  "convert, float32, SGD": "{ optimizer: { kind: sgd, rate: 0.1 }, precision: float32 }",
  "convert, float64, Adagrad": "{ optimizer: { kind: adagrad, rate: 0.1 } }",
};

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BIN = here("../bin/unbatch.js");
const dist = new URL("../dist/", import.meta.url).href;
const READ = `
const { openCheckpoint } = await import("${dist}convert/open.js");
const { openTree } = await import("${dist}io/files.js");
for (const { values } of (await openCheckpoint(openTree(process.argv[1]))).tensors.values()) values();`;

const folder = mkdtempSync(join(parent, "unbatch-large-"));
const [config, out] = ["unbatch.yaml", "model"].map((name) => join(folder, name));
try {
  console.log("| file | what | MB of the model | peak MB | above the model | CPU s |");
  console.log("|---|---|---:|---:|---:|---:|");
  for (const write of [writeSafetensors, writeBundle]) {
    const path = write(folder, tables);
    const name = write === writeBundle ? "TensorBundle" : "safetensors";
    line(name, "inspect", run([BIN, "inspect", path]), weightBytes);
    line(name, "read all", run(["--input-type=module", "-e", READ, "--", path]), weightBytes);
    for (const [what, learner] of Object.entries(LEARNERS)) {
      writeFileSync(config, configOf(learner));
      const taken = run([BIN, "convert", path, "--config", config, "--out", out, "--force", "--quiet"]);
      line(name, what, taken, Math.max(weightBytes, statSync(join(out, "state.safetensors")).size));
    }
    rmSync(out, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function configOf(learner) {
  const feature = (name, table) =>
    `  - { name: ${name}, encoder: { kind: identity, size: ${table.rows} } }\n`;
  return `version: 1
log: { time: at, label: clicked }
features:
${feature("user", tables[1])}${feature("item", tables[0])}learner: ${learner}
`;
}

/** The most memory that the process held, in bytes, and its CPU time. */
function run(args) {
  process.env.UNBATCH_PEAK = join(folder, "peak");
  const { cpuSeconds } = measure(process.execPath, ["--import", here("memory/peak.mjs"), ...args]);
  return { peak: Number(readFileSync(process.env.UNBATCH_PEAK, "utf8")), cpuSeconds };
}

function line(file, what, { peak, cpuSeconds }, model) {
  const megabytes = (bytes) => Math.round(bytes / 1e6);
  const cells = [
    file,
    what,
    megabytes(model),
    megabytes(peak),
    megabytes(peak - model),
    cpuSeconds.toFixed(1),
  ];
  console.log(`| ${cells.join(" | ")} |`);
  if (peak - model > MOST_ABOVE) process.exitCode = 1;
}
