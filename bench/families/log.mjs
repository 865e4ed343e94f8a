/** The generated log (bench/log), and the figures between which any learner's lie. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openLog } from "../../dist/io/log-source.js";

const MAKE = fileURLToPath(new URL("../log/make.mjs", import.meta.url));

/** Made once for a number of rows; the same bytes each time. */
export function benchLog(rows) {
  const log = join(tmpdir(), `unbatch-bench-${rows}`, "log");
  mkdirSync(dirname(log), { recursive: true });
  if (!existsSync(`${log}-truth.json`))
    execFileSync(process.execPath, [MAKE, log, String(rows)], { stdio: ["ignore", "ignore", "inherit"] });
  return log;
}

/**
 * Log loss of the probabilities that the labels were drawn by, which no model can beat, and of two running means, which
 * know nothing of a row but its item: of all clicks so far, and of the item's, (clicks + 1) / (rows + 10). Of a ranking:
 * the sampled AUC of the truth; that of knowing nothing is 1/2.
 */
export async function boundsOf(log) {
  const labels = await columnOf([log], "clicked");
  const itemIds = await columnOf([log], "item_id");
  const probabilities = await columnOf([`${log}-truth.parquet`], "probability");
  const all = rateSoFar();
  const items = new Map();
  const losses = { truth: 0, rate: 0, itemRates: 0 };
  labels.forEach((label, row) => {
    const own = items.get(itemIds[row]) ?? rateSoFar();
    items.set(itemIds[row], own);
    losses.truth += logLoss(probabilities[row], label);
    losses.rate += logLoss(all.rate(), label);
    losses.itemRates += logLoss(own.rate(), label);
    all.learn(label);
    own.learn(label);
  });
  const means = Object.fromEntries(Object.entries(losses).map(([name, sum]) => [name, sum / labels.length]));
  return { ...means, ...JSON.parse(readFileSync(`${log}-truth.json`, "utf8")) };
}

/** The numbers or texts of a column. */
export async function columnOf(paths, name) {
  const values = [];
  for await (const block of (await openLog(paths)).read([name])) {
    const column = block.columns.get(name);
    if (column.kind === "number") for (const value of column.values) values.push(value);
    else for (const code of column.codes) values.push(column.distinct[code]);
  }
  return values;
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
