/**
 * Peak memory of `replay` as whole processes, over logs of two million users (bench/memory/log.mjs): models of hashed
 * ids and of ids that grow, of labels known at once and of late ones, read by one thread and by two.
 *
 *   node bench/memory.mjs [--rows 2000000,20000000] [--only TEXT] [--write]   --write puts the table into docs/bench.md
 *
 * The state is what the model holds at the end: weights, slots and counts, and the ids of vocabularies as UTF-8 with an
 * offset each. Exits 1 where the peak is more than 400 MB above it, or where rows went missing.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ABOVE_STATE = 400e6;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [BIN, MAKE, PEAK, DOCUMENT] = [
  "../bin/unbatch.js",
  "memory/log.mjs",
  "memory/peak.mjs",
  "../docs/bench.md",
].map(here);
const [BEGIN, END] = ["<!-- memory: begin -->", "<!-- memory: end -->"];

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "2000000,20000000" },
    only: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});
const folder = join(tmpdir(), "unbatch-bench-memory");
mkdirSync(folder, { recursive: true });

const DENSE = ["distance", "price", "tenure", "rating", "eta"];
const hash = (buckets) => `{ kind: hash, buckets: ${buckets}, function: farmhash64 }`;
const grow = "{ kind: vocabulary }";
const hashed = { user_id: hash(2 ** 21), item_id: hash(2 ** 16) };
const growing = { user_id: grow, item_id: grow };
const linear = `    - { kind: bias }\n    - { kind: linear, features: [user_id, item_id, ${DENSE.join(", ")}] }`;
const dot = "    - { kind: dot, left: user_id, right: item_id, width: 8, noise: 0.1 }";
const deep = `    - { kind: deep, inputs: [{ feature: user_id, width: 8 }, { feature: item_id, width: 8 }, ${DENSE.join(", ")}], hidden: [16] }`;
const sparse = "optimizer: { kind: adagrad, rate: 0.05, initialAccumulator: 0.1 }";
const batches = `${sparse}\n  batchSize: 256\n  precision: float32`;
const models = [
  { name: "LR, hashed", ids: hashed, terms: [linear], learner: sparse },
  { name: "LR, growing ids", ids: growing, terms: [linear], learner: sparse },
  { name: "LR, growing ids, labels a day late", ids: growing, terms: [linear], learner: sparse, delay: "1d" },
  { name: "MF, k = 8, hashed", ids: hashed, terms: [linear, dot], learner: sparse },
  { name: "MF, k = 8, growing ids", ids: growing, terms: [linear, dot], learner: sparse },
  { name: "deep, 21-16-1, growing ids", ids: growing, terms: [linear, deep], learner: batches },
];

const lines = [
  "| model | rows | kernel | threads | state MB | peak MB | above the state | rows/s |",
  "|---|---:|---|---:|---:|---:|---:|---:|",
];
for (const rows of options.rows.split(",").map(Number)) {
  const log = join(folder, `log-${rows}`);
  run([MAKE, log, String(rows)]);
  for (const model of models.filter(({ name }) => name.includes(options.only)))
    for (const threads of [1, 2]) lines.push(measured(model, log, rows, threads));
}
if (options.write) {
  const document = readFileSync(DOCUMENT, "utf8");
  const [from, to] = [document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)];
  writeFileSync(DOCUMENT, `${document.slice(0, from)}\n${lines.join("\n")}\n${document.slice(to)}`);
} else console.log(lines.join("\n"));

function measured(model, log, rows, threads) {
  const [config, fresh, out, peak] = ["model.yaml", "model", "run", "peak"].map((name) => join(folder, name));
  writeFileSync(config, configOf(model));
  run([BIN, "convert", "--config", config, "--out", fresh, "--force"]);
  const started = process.hrtime.bigint();
  const args = ["replay", fresh, log, "--config", config, "--out", out, "--force", "--quiet"];
  run(["--import", PEAK, BIN, ...args, "--threads", String(threads)], { UNBATCH_PEAK: peak });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const { kernel, ledger } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
  if (ledger.read !== rows || ledger.predicted !== rows || ledger.learned !== rows)
    fail(`${model.name}: ${JSON.stringify(ledger)} of ${rows} rows`);
  const state = bytesOf(join(out, "model"));
  const above = Number(readFileSync(peak, "utf8")) - state;
  if (above > ABOVE_STATE) fail(`${model.name}: ${megabytes(above)} MB above the state`);
  rmSync(out, { recursive: true });
  const speed = Math.round(rows / seconds).toLocaleString("en-US");
  const cells = [rows.toLocaleString("en-US"), kernel, threads, megabytes(state), megabytes(above + state)];
  const text = `| ${[model.name, ...cells, megabytes(above), speed].join(" | ")} |`;
  console.error(text);
  return text;
}

function configOf({ ids, terms, learner, delay }) {
  return `version: 1
log: { time: shown_at, label: clicked${delay === undefined ? "" : `, known: { after: ${delay} }`} }
features:
${Object.entries(ids)
  .map(([name, encoder]) => `  - { name: ${name}, encoder: ${encoder} }`)
  .join("\n")}
${DENSE.map((name) => `  - { name: ${name}, encoder: { kind: dense } }`).join("\n")}
model:
  terms:
${terms.join("\n")}
learner:
  ${learner}
`;
}

/** Of the state's tensors and the vocabularies, as they lie in the folder. */
function bytesOf(model) {
  const files = readdirSync(model, { recursive: true }).filter((name) => /\.(safetensors|arrow)$/.test(name));
  return files.reduce((sum, name) => sum + statSync(join(model, name)).size, 0);
}

function run(args, env = {}) {
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}\n${stderr}`);
}

function megabytes(bytes) {
  return Math.round(bytes / 1e6);
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
