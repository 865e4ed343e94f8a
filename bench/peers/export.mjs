/**
 * The log of bench/log for other programs. `node bench/peers/export.mjs LOG FOLDER` writes log.vw (text, for Vowpal
 * Wabbit), log.csv, and, for Python, arrays: ids.i32 (rows x 13, numbered by column in order of appearance), dense.f32, labels.u8
 * and meta.json with the number of ids of each column.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "../../dist/io/log-source.js";
import { categorical, dense } from "../families/list.mjs";

const [log, folder] = process.argv.slice(2);
if (log === undefined || folder === undefined) {
  console.error("usage: node bench/peers/export.mjs LOG FOLDER");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const files = Object.fromEntries(
  ["log.vw", "log.csv", "ids.i32", "dense.f32", "labels.u8"].map((name) => [
    name,
    openSync(join(folder, name), "w"),
  ]),
);
const names = Object.keys(categorical);
writeSync(files["log.csv"], `clicked,${[...names, ...dense].join(",")}\n`);
const numbering = names.map(() => new Map());
let rows = 0;
for await (const block of (await openLog([log])).read([...names, ...dense, "clicked"])) {
  const columns = names.map((name) => block.columns.get(name));
  const numbers = dense.map((name) => block.columns.get(name).values);
  const labels = block.columns.get("clicked").values;
  const ids = new Int32Array(block.rows * names.length);
  const values = new Float32Array(block.rows * dense.length);
  const lines = [];
  const table = [];
  for (let row = 0; row < block.rows; row++) {
    const texts = columns.map(({ codes, distinct }) => distinct[codes[row]]);
    texts.forEach((text, at) => {
      const known = numbering[at];
      const id = known.get(text) ?? known.size;
      known.set(text, id);
      ids[row * names.length + at] = id;
    });
    numbers.forEach((column, at) => {
      values[row * dense.length + at] = column[row];
    });
    table.push(`${[labels[row], ...texts, ...numbers.map((column) => column[row])].join(",")}\n`);
    const pairs = dense.map((name, at) => `${name}:${numbers[at][row]}`);
    lines.push(
      `${labels[row] === 1 ? 1 : -1} |c ${texts.map((text, at) => `${at}=${text}`).join(" ")} |d ${pairs.join(" ")}\n`,
    );
  }
  writeSync(files["log.vw"], lines.join(""));
  writeSync(files["log.csv"], table.join(""));
  writeSync(files["ids.i32"], ids);
  writeSync(files["dense.f32"], values);
  writeSync(files["labels.u8"], Uint8Array.from(labels));
  rows += block.rows;
}
for (const file of Object.values(files)) closeSync(file);
const sizes = numbering.map(({ size }) => size);
writeFileSync(join(folder, "meta.json"), JSON.stringify({ rows, sizes, numbers: dense.length }));
