/** The generated log (bench/log), and the losses between which any learner's lies. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLog } from "../../dist/io/log-source.js";

const MAKE = fileURLToPath(new URL("../log/make.mjs", import.meta.url));

/** Made once for a number of rows; the same bytes each time. */
export function benchLog(rows) {
  const log = join(tmpdir(), `unbatch-bench-${rows}`, "log");
  mkdirSync(dirname(log), { recursive: true });
  if (!existsSync(`${log}-truth.parquet`))
    execFileSync(process.execPath, [MAKE, log, String(rows)], { stdio: ["ignore", "ignore", "inherit"] });
  return log;
}

/**
 * Log loss of the probabilities that the labels were drawn by, which no model can beat, and of two floors, which any
 * must: the rate of clicks so far, and that of the item so far, (clicks + 1) / (rows + 10).
 */
export async function boundsOf(log) {
  const columns = new Map();
  for (const [paths, name] of [
    [[log], "clicked"],
    [[log], "item_id"],
    [[`${log}-truth.parquet`], "probability"],
  ])
    columns.set(name, await columnOf(paths, name));
  const labels = columns.get("clicked");
  const all = rateSoFar();
  const items = new Map();
  const losses = { truth: 0, rate: 0, itemRates: 0 };
  labels.forEach((label, row) => {
    const item = columns.get("item_id")[row];
    const own = items.get(item) ?? rateSoFar();
    items.set(item, own);
    losses.truth += logLoss(columns.get("probability")[row], label);
    losses.rate += logLoss(all.rate(), label);
    losses.itemRates += logLoss(own.rate(), label);
    all.learn(label);
    own.learn(label);
  });
  return Object.fromEntries(Object.entries(losses).map(([name, sum]) => [name, sum / labels.length]));
}

function rateSoFar() {
  let [clicks, rows] = [1, 10];
  return {
    rate: () => clicks / rows,
    learn(label) {
      clicks += label;
      rows += 1;
    },
  };
}

function logLoss(probability, label) {
  return -Math.log(label === 1 ? probability : 1 - probability);
}

async function columnOf(paths, name) {
  const values = [];
  for await (const block of (await openLog(paths)).read([name])) {
    const column = block.columns.get(name);
    if (column.kind === "number") for (const value of column.values) values.push(value);
    else for (const code of column.codes) values.push(column.distinct[code]);
  }
  return values;
}
