/**
 * Every family of bench/families/list.mjs end to end: a Parquet log in the shape of Criteo's (bench/log) replayed to
 * metrics, each a whole process; beside Vowpal Wabbit, scikit-learn and torch on the same rows where they are installed.
 *
 *   node bench/families.mjs [--rows 2000000] [--only TEXT] [--write]     --write puts the tables into docs/bench.md
 *
 * Exits 1 where a family's progressive log loss is nearer to the floor than to that of the true probabilities.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { configOf, families } from "./families/list.mjs";
import { benchLog, boundsOf } from "./families/log.mjs";
import { exported, peers } from "./peers/list.mjs";
import { calibration, measure } from "./process.mjs";

const DOCUMENT = fileURLToPath(new URL("../docs/bench.md", import.meta.url));
const BIN = fileURLToPath(new URL("../bin/unbatch.js", import.meta.url));
const [BEGIN, END] = ["<!-- families: begin -->", "<!-- families: end -->"];

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "2000000" },
    only: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});
const rows = Number(options.rows);
const log = benchLog(rows);
const folder = join(tmpdir(), `unbatch-bench-${rows}`);
const bounds = await boundsOf(log);
const floor = Math.min(bounds.rate, bounds.itemRates);
const loops = calibration();

const measured = new Map();
for (const family of families.filter(({ name }) => name.includes(options.only))) {
  measured.set(family.name, replayed(family));
  console.error(family.name, JSON.stringify(measured.get(family.name)));
}
const others = peers.filter(({ beside }) => measured.has(beside)).map(besideIt);

const text = [
  `${count(rows)} rows of 18 features, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "CPU"}. Log loss`,
  `of the true probabilities ${bounds.truth.toFixed(5)}; of the floors: the rate of clicks so far ${bounds.rate.toFixed(5)}, that of the item so far`,
  `${bounds.itemRates.toFixed(5)}. The calibration loops take ${loops.arithmetic.toFixed(3)} (arithmetic) and ${loops.memory.toFixed(3)} (memory) CPU s.`,
  "",
  "| family | kernel | rows/s | CPU s per 1M rows | peak MB | log loss | of the way from floor to truth |",
  "|---|---|---:|---:|---:|---:|---:|",
  ...[...measured].map(([name, { kernel, seconds, cpuSeconds, peakMb, logLoss }]) =>
    line([name, kernel, speed(seconds), perMillion(cpuSeconds), peakMb, logLoss.toFixed(5), share(logLoss)]),
  ),
  "",
  "| beside | | rows/s | CPU s per 1M rows | log loss | unbatch: times the rows/s | times the CPU s | log loss less |",
  "|---|---|---:|---:|---:|---:|---:|---:|",
  ...others,
].join("\n");
console.log(text);
if (options.write) {
  const document = readFileSync(DOCUMENT, "utf8");
  const [from, to] = [document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)];
  writeFileSync(DOCUMENT, `${document.slice(0, from)}\n${text}\n${document.slice(to)}`);
}
const low = [...measured].filter(([, { logLoss }]) => wayOf(logLoss) < 0.5).map(([name]) => name);
if (low.length > 0) {
  console.error(`nearer to the floor than to the truth: ${low.join(", ")}`);
  process.exitCode = 1;
}

/** The model is made before; what is measured is `unbatch replay` from start to end. */
function replayed(family) {
  const name = family.name.replace(/\W+/g, "-");
  const [config, model, out] = ["yaml", "model", "run"].map((part) => join(folder, `${name}.${part}`));
  mkdirSync(folder, { recursive: true });
  writeFileSync(config, configOf(family));
  measure(process.execPath, [BIN, "convert", "--config", config, "--out", model, "--force"]);
  const args = [BIN, "replay", model, log, "--config", config, "--out", out, "--force", "--quiet"];
  const { seconds, cpuSeconds } = measure(process.execPath, args);
  const { kernel, cost, overall } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
  rmSync(out, { recursive: true });
  rmSync(model, { recursive: true });
  const peakMb = Math.round(cost.peakMemoryBytes / 1e6);
  return { kernel, seconds, cpuSeconds, peakMb, logLoss: overall.metrics.logLoss.value };
}

function besideIt({ name, beside, find, args, lossOf }) {
  const own = measured.get(beside);
  const { command, absent } = find();
  if (absent !== undefined) return line([name, beside, absent, "", "", "", "", ""]);
  const data = join(folder, "peers");
  exported(log, data);
  const { seconds, cpuSeconds, printed } = measure(command, args(data));
  const loss = lossOf(printed);
  return line([
    ...[name, beside, speed(seconds), perMillion(cpuSeconds), loss.toFixed(5)],
    ...[times(seconds / own.seconds), times(own.cpuSeconds / cpuSeconds), (loss - own.logLoss).toFixed(5)],
  ]);
}

function wayOf(logLoss) {
  return (floor - logLoss) / (floor - bounds.truth);
}

function share(logLoss) {
  return `${(100 * wayOf(logLoss)).toFixed(0)} %`;
}

function speed(seconds) {
  return count(Math.round(rows / seconds));
}

function perMillion(cpuSeconds) {
  return ((cpuSeconds * 1e6) / rows).toFixed(2);
}

function times(ratio) {
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;
}

function count(number) {
  return number.toLocaleString("en-US");
}

function line(cells) {
  return `| ${cells.join(" | ")} |`;
}
