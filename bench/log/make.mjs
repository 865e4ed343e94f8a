/**
 * A log in the shape of Criteo's: 13 categorical columns with long tails, 5 dense ones, 30 days, items whose appeal
 * drifts. `node bench/log/make.mjs OUT [ROWS]` writes OUT/part-*.parquet and, beside them, OUT-truth.parquet with the
 * probability that each label was drawn by. Seeded: the same bytes each time.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../dist/core/random.js";
import { writeParquet } from "../../dist/io/parquet-writer.js";

const [out, rowsText] = process.argv.slice(2);
const ROWS = Number(rowsText ?? 2_000_000);
const PART_ROWS = 250_000;
const ROW_GROUP_ROWS = 125_000;
const DAYS = 30;
const DAY_MICROS = 86_400e6;
const START_MICROS = Date.UTC(2024, 5, 1) * 1000;
if (out === undefined || !(ROWS >= 1000)) {
  console.error("usage: node bench/log/make.mjs OUT [ROWS]");
  process.exit(2);
}

const random = seededRandom(20240601);
/** The drift of items goes back to 0 with a memory of a week. */
const KEEP = Math.exp(-1 / 7);
const ITEM_DRIFT = 0.6;

const users = entity(200_000, 0.9);
const items = entity(50_000, 1.0);
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
].map(column);
const dense = ["distance", "price", "tenure", "rating", "eta"];
const DENSE_EFFECT = [-0.35, -0.25, 0.15, 0.8, -0.2];
const drift = Float64Array.from({ length: items.size }, () => ITEM_DRIFT * random.normal());
const priceOf = Float64Array.from({ length: items.size }, () => random.normal());
const tenureOf = Float64Array.from({ length: users.size }, () => random.normal());

mkdirSync(out, { recursive: true });
const truth = new Float64Array(ROWS);
let day = 0;
for (let from = 0, part = 0; from < ROWS; from += PART_ROWS, part++) {
  const rows = Math.min(PART_ROWS, ROWS - from);
  writeParquet(
    join(out, `part-${String(part).padStart(3, "0")}.parquet`),
    partOf(from, rows),
    ROW_GROUP_ROWS,
  );
}
writeParquet(
  `${out.replace(/\/$/, "")}-truth.parquet`,
  [{ name: "probability", kind: "double", values: truth }],
  PART_ROWS,
);
console.log(`${ROWS} rows in ${out}`);

function partOf(from, rows) {
  const micros = new Float64Array(rows);
  const clicked = new Int32Array(rows);
  const texts = columns.map(() => new Array(rows));
  const values = dense.map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    micros[row] = START_MICROS + Math.floor(((from + row) / ROWS) * DAYS * DAY_MICROS);
    moveItems(Math.floor((micros[row] - START_MICROS) / DAY_MICROS));
    const user = users.draw();
    const item = items.draw();
    let logit = drift[item] - 2.6;
    columns.forEach((one, index) => {
      const id = one.idOf(user, item, micros[row]);
      texts[index][row] = one.texts[id];
      logit += one.effects[id];
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
    truth[from + row] = 1 / (1 + Math.exp(-logit));
    clicked[row] = random.uniform() < truth[from + row] ? 1 : 0;
  }
  return [
    { name: "shown_at", kind: "timestamp", values: micros },
    ...columns.map(({ name }, index) => ({ name, kind: "text", values: texts[index] })),
    ...dense.map((name, index) => ({ name, kind: "double", values: values[index] })),
    { name: "clicked", kind: "integer", values: clicked },
  ];
}

function moveItems(today) {
  for (; day < today; day++) {
    for (let item = 0; item < drift.length; item++)
      drift[item] = KEEP * drift[item] + Math.sqrt(1 - KEEP * KEEP) * ITEM_DRIFT * random.normal();
  }
}

/** Draws ids whose shares fall as rank^-tail; ranks are shuffled, so that an id says nothing of its share. */
function entity(size, tail) {
  const cumulated = new Float64Array(size);
  let sum = 0;
  for (let rank = 0; rank < size; rank++) {
    sum += (rank + 1) ** -tail;
    cumulated[rank] = sum;
  }
  const ids = Int32Array.from({ length: size }, (_, id) => id);
  for (let at = size - 1; at > 0; at--) {
    const other = Math.floor(random.uniform() * (at + 1));
    [ids[at], ids[other]] = [ids[other], ids[at]];
  }
  const draw = () => {
    const target = random.uniform() * sum;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulated[middle] < target) low = middle + 1;
      else high = middle;
    }
    return ids[low];
  };
  return { size, draw };
}

function column({ of, prefix, size, tail, effect, name }) {
  const owner = of === "user" ? users : items;
  const isKey = size === undefined;
  const own = isKey ? owner : entity(size, tail);
  const belongs =
    isKey || of === "row" || of === "time" ? [] : Int32Array.from({ length: owner.size }, own.draw);
  const hour = 3600e6;
  const idOf = {
    user: (user) => (isKey ? user : belongs[user]),
    item: (_, item) => (isKey ? item : belongs[item]),
    row: () => own.draw(),
    time: (_, __, micros) =>
      name === "hour" ? Math.floor(micros / hour) % 24 : Math.floor(micros / DAY_MICROS) % 7,
  }[of];
  return {
    name,
    idOf,
    texts: Array.from({ length: own.size }, (_, id) => `${prefix}${id}`),
    effects: Float64Array.from({ length: own.size }, () => effect * random.normal()),
  };
}
