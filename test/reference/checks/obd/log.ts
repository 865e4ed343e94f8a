import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Column } from "../../../../src/core/column.js";
import { openLog } from "../../../../src/io/log-source.js";

/** One log of the Open Bandit Dataset, in file order. */
export interface ObdLog {
  timeMicros: Float64Array;
  item: Float64Array;
  position: Float64Array;
  click: Float64Array;
  propensity: Float64Array;
  /** Of the CSV file that the Parquet file was made of. */
  bytes: number;
  sha256: string;
}

/** `file` is the reference's: the CSV file, with the Parquet file beside it. */
export async function readObdLog(data: string, file: string): Promise<ObdLog> {
  const csv = readFileSync(join(data, file));
  const names = ["timestamp", "item_id", "position", "click", "propensity_score"];
  const source = await openLog([join(data, file.replace(/\.csv$/, ".parquet"))]);
  const parts: Float64Array[][] = names.map(() => []);
  for await (const block of source.read(names)) {
    for (const [at, name] of names.entries()) parts[at]?.push(numbersOf(block.columns.get(name)));
  }
  const [timeMicros, item, position, click, propensity] = parts.map(joined);
  if (!(timeMicros && item && position && click && propensity)) throw new TypeError("five columns");
  const sha256 = createHash("sha256").update(csv).digest("hex");
  return { timeMicros, item, position, click, propensity, bytes: csv.length, sha256 };
}

function numbersOf(column: Column | undefined): Float64Array {
  if (column?.kind !== "number") throw new TypeError("a column of numbers");
  return column.values;
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
