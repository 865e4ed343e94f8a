/**
 * Every family of bench/families/list.mjs: its learner from memory, and a Parquet log in the shape of Criteo's (bench/log)
 * replayed to metrics, each a whole process; beside Vowpal Wabbit, scikit-learn and torch on the same rows where they are
 * installed.
 *
 *   node bench/families.mjs [ROWS] [--only TEXT] [--alone] [--write]
 *
 * 2,000,000 rows unless told. --alone: without the others; --write puts the tables into docs/bench.md. Exits 1 where a
 * family is nearer to the floor than to the truth.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { families } from "./families/list.mjs";
import { benchLog, boundsOf } from "./families/log.mjs";
import { replayed } from "./families/run.mjs";
import { exported, peers } from "./peers/list.mjs";
import { calibration, measure } from "./process.mjs";

const DOCUMENT = fileURLToPath(new URL("../docs/bench.md", import.meta.url));
const [BEGIN, END] = ["<!-- families: begin -->", "<!-- families: end -->"];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    alone: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const rows = Number(positionals[0] ?? 2_000_000);
const rowsOf = (family) => Math.min(rows, family.rows ?? rows);
const loops = calibration();
const chosen = families.filter(({ name }) => name.includes(options.only));
const bounds = new Map();
for (const count of new Set([rows, ...chosen.map(rowsOf)]))
  bounds.set(count, await boundsOf(benchLog(count)));

const measured = new Map();
for (const family of chosen) {
  measured.set(family.name, await replayed(family, rowsOf(family)));
  console.error(family.name, JSON.stringify(measured.get(family.name)));
}
const others = options.alone ? [] : peers.filter(({ beside }) => measured.has(beside)).map(besideIt);

const text = [
  `Up to ${count(rows)} rows of 18 features, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "CPU"}. The`,
  `calibration loops take ${loops.arithmetic.toFixed(3)} (arithmetic) and ${loops.memory.toFixed(3)} (memory) CPU s.`,
  "",
  "| rows | log loss of the truth | of the rate so far: the floor | of the item's rate so far | sampled AUC of the truth |",
  "|---:|---:|---:|---:|---:|",
  ...[...bounds].map(([count_, { truth, rate, itemRates, sampledAuc }]) =>
    line([count(count_), ...[truth, rate, itemRates].map((loss) => loss.toFixed(5)), sampledAuc.toFixed(4)]),
  ),
  "",
  "| family | kernel | from memory, rows/s | end to end, rows/s | CPU s per 1M rows | peak MB | rows | log loss | of the way to the truth: from the floor | from the item's rate |",
  "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
  ...[...measured].map(([name, one]) =>
    line([
      ...[name, one.kernel, count(Math.round(one.fromMemory)), speed(one), perMillion(one), one.peakMb],
      ...[count(one.rows), quality(one), ...waysOf(one).map(percent)],
    ]),
  ),
  ...(others.length === 0
    ? []
    : [
        "",
        "| beside | | rows/s | CPU s per 1M rows | log loss | unbatch: times the rows/s | times the CPU s | log loss less |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
        ...others,
      ]),
].join("\n");
console.log(text);
if (options.write) {
  const document = readFileSync(DOCUMENT, "utf8");
  const [from, to] = [document.indexOf(BEGIN) + BEGIN.length, document.indexOf(END)];
  writeFileSync(DOCUMENT, `${document.slice(0, from)}\n${text}\n${document.slice(to)}`);
}
const low = [...measured].filter(([, one]) => waysOf(one)[0] < 0.5).map(([name]) => name);
if (low.length > 0) {
  console.error(`nearer to the floor than to the truth: ${low.join(", ")}`);
  process.exitCode = 1;
}

function besideIt({ name, beside, find, args, lossOf }) {
  const own = measured.get(beside);
  const { command, absent } = find();
  if (absent !== undefined) return line([name, beside, absent, "", "", "", "", ""]);
  const data = join(tmpdir(), `unbatch-bench-${rows}`, "peers");
  exported(benchLog(rows), data);
  const { seconds, cpuSeconds, printed } = measure(command, args(data));
  const loss = lossOf(printed);
  return line([
    ...[name, beside, speed({ rows, seconds }), perMillion({ rows, cpuSeconds }), loss.toFixed(5)],
    ...[times(seconds / own.seconds), times(own.cpuSeconds / cpuSeconds), (loss - own.logLoss).toFixed(5)],
  ]);
}

/** From each floor, 1 being the truth. A ranking's floor is to know nothing. */
function waysOf({ rows: of, logLoss, sampledAuc }) {
  const { truth, rate, itemRates, sampledAuc: best } = bounds.get(of);
  if (sampledAuc !== undefined) return [(sampledAuc - 0.5) / (best - 0.5)];
  return [rate, itemRates].map((floor) => (floor - logLoss) / (floor - truth));
}

function quality({ logLoss, sampledAuc }) {
  return sampledAuc === undefined ? logLoss.toFixed(5) : `sampled AUC ${sampledAuc.toFixed(4)}`;
}

function percent(share) {
  return `${(100 * share).toFixed(0)} %`;
}

function speed({ rows: of, seconds }) {
  return count(Math.round(of / seconds));
}

function perMillion({ rows: of, cpuSeconds }) {
  return ((cpuSeconds * 1e6) / of).toFixed(2);
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
