/** One family, measured: as a whole process from Parquet to metrics, and its learner from memory. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure } from "../process.mjs";
import { configOf } from "./list.mjs";
import { benchLog, columnOf } from "./log.mjs";
import { boostedTrees } from "./trees.mjs";

const BIN = fileURLToPath(new URL("../../bin/unbatch.js", import.meta.url));
const MEMORY = fileURLToPath(new URL("memory.mjs", import.meta.url));
/** Of the log's first rows, for trees to grow on: few enough to weigh little in what is then replayed over all of them. */
const GROWN_ON = 20_000;

/** The model is made before; what is measured end to end is `unbatch replay`. `rows`: of the log that was made. */
export async function replayed(family, rows) {
  const log = benchLog(rows) + (family.log === undefined ? "" : `-${family.log}`);
  const folder = join(tmpdir(), `unbatch-bench-${rows}`, "families");
  mkdirSync(folder, { recursive: true });
  const name = family.name.replace(/\W+/g, "-");
  const [config, model, out] = ["yaml", "model", "run"].map((part) => join(folder, `${name}.${part}`));
  const checkpoint = family.terms === undefined ? [await grown(log, family, folder)] : [];
  writeFileSync(config, configOf(family));
  measure(process.execPath, [BIN, "convert", ...checkpoint, "--config", config, "--out", model, "--force"]);
  const memory = measure(process.execPath, [MEMORY, config, model, log]);
  const args = [BIN, "replay", model, log, "--config", config, "--out", out, "--force", "--quiet"];
  const { seconds, cpuSeconds } = measure(process.execPath, args);
  const { kernel, cost, overall } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
  rmSync(out, { recursive: true });
  rmSync(model, { recursive: true });
  return {
    ...{ rows, kernel, seconds, cpuSeconds, peakMb: Math.round(cost.peakMemoryBytes / 1e6) },
    fromMemory: JSON.parse(memory.printed).rowsPerSecond,
    logLoss: overall.metrics.logLoss.value,
    sampledAuc: overall.metrics.sampledAuc?.value,
  };
}

/** Trees of the log's first rows, made once. */
async function grown(log, { features }, folder) {
  const path = join(folder, "trees.json");
  if (existsSync(path)) return path;
  const [first] = readdirSync(log).sort();
  const head = async (name) => (await columnOf([join(log, first)], name)).slice(0, GROWN_ON);
  const columns = new Map();
  for (const { name } of features) columns.set(name, await head(name));
  writeFileSync(path, boostedTrees(columns, await head("clicked")));
  return path;
}
