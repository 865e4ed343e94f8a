import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Column } from "../../../../src/core/column.js";
import { openLog } from "../../../../src/io/log-source.js";

/** The log, a column an array; row r is row r of the file. */
export interface RatingLog {
  seconds: Float64Array;
  ratings: Float64Array;
  users: Codes;
  items: Codes;
  /** Row numbers by (time, row). */
  order: Uint32Array;
  /** The text file that the Parquet one was made of. */
  source: { bytes: number; sha256: string };
}

/** Ids as numbers, and per row the place of its id. */
export interface Codes {
  ids: readonly number[];
  codes: Uint32Array;
}

const read = new Map<string, Promise<RatingLog>>();

/** Read once a process: the check is run again for each mutation of its expected numbers. */
export function movieTweetings(data: string): Promise<RatingLog> {
  const folder = join(data, "movietweetings");
  const before = read.get(folder);
  if (before !== undefined) return before;
  const log = readLog(folder);
  read.set(folder, log);
  return log;
}

async function readLog(folder: string): Promise<RatingLog> {
  const source = await openLog([join(folder, "ratings.parquet")]);
  const { rows } = await source.describe();
  const seconds = new Float64Array(rows);
  const ratings = new Float64Array(rows);
  const users = new Coder(rows);
  const items = new Coder(rows);
  for await (const block of source.read(["user_id", "movie_id", "rating", "rated_at"])) {
    const { columns, firstRow } = block;
    seconds.set(
      numbers(columns.get("rated_at")).map((micros) => micros / 1e6),
      firstRow,
    );
    ratings.set(numbers(columns.get("rating")), firstRow);
    users.add(columns.get("user_id"), firstRow);
    items.add(columns.get("movie_id"), firstRow);
  }
  const order = Uint32Array.from(seconds, (_, row) => row);
  order.sort((a, b) => (seconds[a] ?? 0) - (seconds[b] ?? 0) || a - b);
  const text = readFileSync(join(folder, "ratings.dat"));
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { seconds, ratings, users, items, order, source: { bytes: text.length, sha256 } };
}

function numbers(column: Column | undefined): Float64Array {
  if (column?.kind === "number") return column.values;
  throw new Error("a column of numbers was expected");
}

class Coder implements Codes {
  readonly ids: number[] = [];
  readonly codes: Uint32Array;
  readonly #places = new Map<number, number>();

  constructor(rows: number) {
    this.codes = new Uint32Array(rows);
  }

  add(column: Column | undefined, firstRow: number): void {
    if (column?.kind !== "text") throw new Error("a column of texts was expected");
    const places = column.distinct.map((id) => this.#placeOf(Number(id)));
    column.codes.forEach((code, row) => {
      this.codes[firstRow + row] = places[code] ?? 0;
    });
  }

  #placeOf(id: number): number {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    this.#places.set(id, this.ids.length);
    return this.ids.push(id) - 1;
  }
}
