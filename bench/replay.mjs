/**
 * `node bench/replay.mjs [ROWS]`: replay of a logistic regression over a log in the shape of Criteo's (bench/log), each
 * learner in a process of its own, as a Markdown table: rows a second from Parquet to metrics, CPU seconds per million
 * rows and what they went on, progressive log loss beside that of the probabilities that the labels were drawn by.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../dist/io/log-source.js";

const rows = Number(process.argv[2] ?? 2_000_000);
const folder = join(tmpdir(), `unbatch-bench-${rows}`);
const log = join(folder, "log");
const BIN = "bin/unbatch.js";
mkdirSync(folder, { recursive: true });
if (!existsSync(`${log}-truth.parquet`)) run(["bench/log/make.mjs", log, String(rows)]);

const categorical = {
  user_id: 200_000,
  item_id: 50_000,
  zip: 20_000,
  city: 1000,
  device: 100,
  cuisine: 1000,
  brand: 10_000,
  price_band: 100,
  surface: 100,
  campaign: 10_000,
  query_category: 1000,
  hour: 100,
  weekday: 100,
};
const dense = ["distance", "price", "tenure", "rating", "eta"];
const optimizers = {
  adagrad: "{ kind: adagrad, rate: 0.1, initialAccumulator: 0.1 }",
  ftrl: "{ kind: ftrl, rate: 0.1, beta: 1, l1: 0, l2: 0 }",
};

const lines = [];
for (const [name, optimizer] of Object.entries(optimizers)) {
  for (const kernel of ["auto", "plain"]) lines.push(measure(name, optimizer, kernel));
}
const truth = await trueLoss();
console.log(
  `${rows.toLocaleString("en-US")} rows, ${Object.keys(categorical).length + dense.length} features; log loss of the true probabilities ${truth.toFixed(5)}\n`,
);
console.log(
  "| optimizer, learner | rows/s | CPU s per 1M rows | reading | learning | measuring | log loss | peak MB |",
);
console.log("|---|---:|---:|---:|---:|---:|---:|---:|");
for (const line of lines) console.log(`| ${line.join(" | ")} |`);

function measure(name, optimizer, kernel) {
  const config = join(folder, `${name}.yaml`);
  writeFileSync(config, configOf(optimizer));
  const model = join(folder, `${name}-model`);
  run([BIN, "convert", "--config", config, "--out", model, "--force"]);
  const out = join(folder, `${name}-${kernel}`);
  const started = process.hrtime.bigint();
  run([
    BIN,
    "replay",
    model,
    log,
    "--out",
    out,
    "--force",
    "--quiet",
    "--kernel",
    kernel,
    "--config",
    config,
  ]);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const document = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
  const { reading, learning, measuring } = document.cost.cpuSeconds;
  const perMillion = (cpu) => ((cpu * 1e6) / rows).toFixed(2);
  return [
    `${name}, ${document.kernel}`,
    Math.round(rows / seconds).toLocaleString("en-US"),
    ...[reading + learning + measuring, reading, learning, measuring].map(perMillion),
    document.overall.metrics.logLoss.value.toFixed(5),
    Math.round(document.cost.peakMemoryBytes / 1e6),
  ];
}

function configOf(optimizer) {
  const names = [...Object.keys(categorical), ...dense];
  return `version: 1
log: { time: shown_at, label: clicked }
features:
${Object.entries(categorical)
  .map(([name, buckets]) => `  - { name: ${name}, encoder: { kind: hash, buckets: ${buckets} } }`)
  .join("\n")}
${dense.map((name) => `  - { name: ${name}, encoder: { kind: dense } }`).join("\n")}
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [${names.join(", ")}] }
learner:
  optimizer: ${optimizer}
`;
}

/** Mean loss of the probabilities that the labels were drawn by: what no model can beat. */
async function trueLoss() {
  const labels = await columnOf([log], "clicked");
  const probabilities = await columnOf([`${log}-truth.parquet`], "probability");
  let sum = 0;
  labels.forEach((label, row) => {
    sum -= Math.log(label === 1 ? probabilities[row] : 1 - probabilities[row]);
  });
  return sum / labels.length;
}

async function columnOf(paths, name) {
  const values = [];
  for await (const block of (await openLog(paths)).read([name]))
    for (const value of block.columns.get(name).values) values.push(value);
  return values;
}

function run(args) {
  execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
}
