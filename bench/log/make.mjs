/**
 * A log in the shape of Criteo's: 13 categorical columns with long tails, 5 dense ones, 30 days, items whose appeal
 * drifts. `node bench/log/make.mjs OUT [ROWS]` writes OUT/part-*.parquet and, beside them:
 * - OUT-truth.parquet, the probability that each label was drawn by;
 * - OUT-rates/part-*.parquet, the same rows as numbers alone, for trees: each id's rate of clicks so far, and the dense ones;
 * - OUT-truth.json, the sampled AUC of the truth (bench/log/pairs.mjs); written last.
 * Seeded: the same bytes each time.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../dist/core/random.js";
import { writeParquet } from "../../dist/io/parquet-writer.js";
import { column, entity } from "./entities.mjs";
import { BestPairs } from "./pairs.mjs";
import { ratesSoFar } from "./rates.mjs";

const [outText, rowsText] = process.argv.slice(2);
const ROWS = Number(rowsText ?? 2_000_000);
const PART_ROWS = 250_000;
const ROW_GROUP_ROWS = 125_000;
const DAYS = 30;
const DAY_MICROS = 86_400e6;
const START_MICROS = Date.UTC(2024, 5, 1) * 1000;
if (outText === undefined || !(ROWS >= 1000)) {
  console.error("usage: node bench/log/make.mjs OUT [ROWS]");
  process.exit(2);
}
const out = outText.replace(/\/$/, "");

const random = seededRandom(20240601);
/** The drift of items goes back to 0 with a memory of a week. */
const KEEP = Math.exp(-1 / 7);
const ITEM_DRIFT = 0.6;

const users = entity(random, 200_000, 0.9);
const items = entity(random, 50_000, 1.0);
/** Columns that belong to the user, to the item, or to the impression alone. */
const columns = [
  { name: "user_id", of: "user", prefix: "u", effect: 0.6 },
  { name: "item_id", of: "item", prefix: "i", effect: 0.6 },
  { name: "zip", of: "user", prefix: "z", size: 20_000, tail: 0.5, effect: 0.2 },
  { name: "city", of: "user", prefix: "city", size: 400, tail: 0.8, effect: 0.25 },
  { name: "device", of: "user", prefix: "d", size: 3, tail: 0, effect: 0.3 },
  { name: "cuisine", of: "item", prefix: "cui", size: 60, tail: 0.6, effect: 0.3 },
  { name: "brand", of: "item", prefix: "b", size: 5_000, tail: 0.7, effect: 0.25 },
  { name: "price_band", of: "item", prefix: "p", size: 8, tail: 0, effect: 0.2 },
  { name: "surface", of: "row", prefix: "s", size: 12, tail: 0.7, effect: 0.4 },
  { name: "campaign", of: "row", prefix: "c", size: 2_000, tail: 0.9, effect: 0.3 },
  { name: "query_category", of: "row", prefix: "q", size: 300, tail: 0.9, effect: 0.3 },
  { name: "hour", of: "time", prefix: "h", size: 24, tail: 0, effect: 0.3 },
  { name: "weekday", of: "time", prefix: "w", size: 7, tail: 0, effect: 0.15 },
].map((one) => column(random, { user: users, item: items }, one));
const dense = ["distance", "price", "tenure", "rating", "eta"];
const DENSE_EFFECT = [-0.35, -0.25, 0.15, 0.8, -0.2];
const PRICE_EFFECT = DENSE_EFFECT[1];
const drift = Float64Array.from({ length: items.size }, () => ITEM_DRIFT * random.normal());
const priceOf = Float64Array.from({ length: items.size }, () => random.normal());
const tenureOf = Float64Array.from({ length: users.size }, () => random.normal());
const rates = columns.map(({ texts }) => ratesSoFar(texts.length));
const best = new BestPairs(seededRandom(20240602), items.share);
const itemColumns = columns.filter(({ of }) => of === "item");

for (const folder of [out, `${out}-rates`]) mkdirSync(folder, { recursive: true });
const truth = new Float64Array(ROWS);
let day = 0;
for (let from = 0, part = 0; from < ROWS; from += PART_ROWS, part++) {
  const { log, numbers } = partOf(from, Math.min(PART_ROWS, ROWS - from));
  const name = `part-${String(part).padStart(3, "0")}.parquet`;
  writeParquet(join(out, name), log, ROW_GROUP_ROWS);
  writeParquet(join(`${out}-rates`, name), numbers, ROW_GROUP_ROWS);
}
writeParquet(`${out}-truth.parquet`, [{ name: "probability", kind: "double", values: truth }], PART_ROWS);
writeFileSync(`${out}-truth.json`, JSON.stringify({ sampledAuc: best.auc }));
console.log(`${ROWS} rows in ${out}`);

function partOf(from, rows) {
  const micros = new Float64Array(rows);
  const clicked = new Int32Array(rows);
  const texts = columns.map(() => new Array(rows));
  const ratesOf = columns.map(() => new Float64Array(rows));
  const values = dense.map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    micros[row] = START_MICROS + Math.floor(((from + row) / ROWS) * DAYS * DAY_MICROS);
    moveItems(Math.floor((micros[row] - START_MICROS) / DAY_MICROS));
    const user = users.draw();
    const item = items.draw();
    let logit = drift[item] - 2.6;
    const ids = columns.map(({ idOf }) => idOf(user, item, micros[row]));
    columns.forEach(({ effects }, index) => {
      texts[index][row] = columns[index].texts[ids[index]];
      ratesOf[index][row] = rates[index].of(ids[index]);
      logit += effects[ids[index]];
    });
    const numbers = [
      random.normal(),
      priceOf[item] + 0.2 * random.normal(),
      tenureOf[user],
      Math.min(1, Math.max(0, 0.5 + 0.2 * random.normal())),
      -Math.log(1 - random.uniform()),
    ];
    numbers.forEach((value, index) => {
      values[index][row] = Math.round(value * 1e4) / 1e4;
      logit += DENSE_EFFECT[index] * value;
    });
    truth[from + row] = sigmoid(logit);
    clicked[row] = random.uniform() < truth[from + row] ? 1 : 0;
    ids.forEach((id, index) => {
      rates[index].learn(id, clicked[row]);
    });
    if (clicked[row] === 1) best.add(item, (other) => sigmoid(logit - appealOf(item) + appealOf(other)));
  }
  const at = { name: "shown_at", kind: "timestamp", values: micros };
  const label = { name: "clicked", kind: "integer", values: clicked };
  const doubles = (name, list) => ({ name, kind: "double", values: list });
  const measured = dense.map((name, index) => doubles(name, values[index]));
  return {
    log: [
      at,
      ...columns.map(({ name }, index) => ({ name, kind: "text", values: texts[index] })),
      ...measured,
      label,
    ],
    numbers: [
      at,
      ...columns.map(({ name }, index) => doubles(`${name}_rate`, ratesOf[index])),
      ...measured,
      label,
    ],
  };
}

/** The item's own part of the logit today. */
function appealOf(item) {
  let sum = drift[item] + PRICE_EFFECT * priceOf[item];
  for (const { ofOwner, effects } of itemColumns) sum += effects[ofOwner(item)];
  return sum;
}

function sigmoid(logit) {
  return 1 / (1 + Math.exp(-logit));
}

function moveItems(today) {
  for (; day < today; day++) {
    for (let item = 0; item < drift.length; item++)
      drift[item] = KEEP * drift[item] + Math.sqrt(1 - KEEP * KEEP) * ITEM_DRIFT * random.normal();
  }
}
