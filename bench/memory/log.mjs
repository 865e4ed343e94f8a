/**
 * A log of two million users, as the bench of memory reads it: user u0 … u1999999, each once in every two million rows;
 * an item out of 50,000; five dense columns; a click. `node bench/memory/log.mjs OUT ROWS` writes OUT/part-*.parquet,
 * part by part: the same bytes each time.
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../dist/core/random.js";
import { writeParquet } from "../../dist/io/parquet-writer.js";

export const USERS = 2_000_000;
export const ITEMS = 50_000;
export const DENSE = ["distance", "price", "tenure", "rating", "eta"];
const DAYS = 30;
const PART_ROWS = 250_000;
const ROW_GROUP_ROWS = 125_000;
const START_MICROS = Date.UTC(2024, 5, 1) * 1000;
/** Prime to the number of users: their order is a permutation that looks like none. */
const STRIDE = 1_299_709;

const [out, rowsText] = process.argv.slice(2);
const rows = Number(rowsText);
if (out === undefined || !(rows >= USERS)) {
  console.error(`usage: node bench/memory/log.mjs OUT ROWS (at least ${USERS})`);
  process.exit(2);
}
const random = seededRandom(20240602);
const effects = Float64Array.from({ length: ITEMS }, () => 0.8 * random.normal());

if (!existsSync(out)) {
  const unfinished = `${out}.unfinished`;
  mkdirSync(unfinished, { recursive: true });
  for (let from = 0, part = 0; from < rows; from += PART_ROWS, part++) {
    const path = join(unfinished, `part-${String(part).padStart(3, "0")}.parquet`);
    writeParquet(path, partOf(from, Math.min(PART_ROWS, rows - from)), ROW_GROUP_ROWS);
  }
  renameSync(unfinished, out);
}

function partOf(from, length) {
  const micros = new Float64Array(length);
  const clicked = new Int32Array(length);
  const users = new Array(length);
  const items = new Array(length);
  const dense = DENSE.map(() => new Float64Array(length));
  for (let at = 0; at < length; at++) {
    const row = from + at;
    micros[at] = START_MICROS + Math.floor((row / rows) * DAYS * 86_400e6);
    users[at] = `u${(row * STRIDE) % USERS}`;
    // Most clicks go to few items.
    const item = Math.floor(ITEMS * random.uniform() ** 3);
    items[at] = `i${item}`;
    for (const values of dense) values[at] = Math.round(random.normal() * 1e4) / 1e4;
    const logit = effects[item] + 0.3 * dense[0][at] - 1.5;
    clicked[at] = random.uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
  }
  return [
    { name: "shown_at", kind: "timestamp", values: micros },
    { name: "user_id", kind: "text", values: users },
    { name: "item_id", kind: "text", values: items },
    ...DENSE.map((name, index) => ({ name, kind: "double", values: dense[index] })),
    { name: "clicked", kind: "integer", values: clicked },
  ];
}
