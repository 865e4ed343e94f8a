import { join } from "node:path";
import { seededRandom } from "../../src/core/random.js";
import { writeParquet } from "../../src/io/parquet-writer.js";

/** One impression of a log whose truth is known. */
export interface Impression {
  id: number;
  /** Seconds after the log began. */
  at: number;
  user: string;
  item: string;
  position: number;
  clicked: number;
  propensity: number;
  candidates: string;
  slate: string;
}

/** Click rates at position 1; position 2 has half of each. */
export const RATES: Readonly<Record<string, number>> = { a: 0.05, b: 0.1, c: 0.2, d: 0.3, e: 0.5 };
export const ITEMS: readonly string[] = Object.keys(RATES);
/** What was logged at position 1; position 2 is the other way round. */
const LOGGING = [0.3, 0.25, 0.2, 0.15, 0.1];

const START_MICROS = Date.UTC(2024, 4, 1) * 1000;

export function impressions(count: number, seed: number): Impression[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, id) => {
    const position = 1 + (id % 2);
    const probabilities = position === 1 ? LOGGING : LOGGING.toReversed();
    const draw = random.uniform();
    let below = 0;
    const chosen = probabilities.findIndex((probability) => {
      below += probability;
      return draw < below;
    });
    const at = chosen < 0 ? ITEMS.length - 1 : chosen;
    const item = ITEMS[at] ?? "";
    const rate = (RATES[item] ?? 0) / position;
    return {
      ...{ id, position, item },
      at: Math.floor(id / 2) * 60,
      user: `u${Math.floor(id / 2) % 400}`,
      clicked: random.uniform() < rate ? 1 : 0,
      propensity: probabilities[at] ?? 0,
      candidates: ITEMS.join(","),
      slate: `s${Math.floor(id / 2)}`,
    };
  });
}

/** The mean reward of a policy that draws items with these probabilities at both positions. */
export function truthOf(probabilities: Readonly<Record<string, number>>): number {
  let value = 0;
  for (const [item, probability] of Object.entries(probabilities)) value += probability * (RATES[item] ?? 0);
  return value * 0.75;
}

export function writeBanditLog(folder: string, name: string, rows: readonly Impression[]): string {
  const path = join(folder, `${name}.parquet`);
  writeParquet(
    path,
    [
      { name: "event_id", kind: "integer", values: Int32Array.from(rows, ({ id }) => id) },
      {
        name: "shown_at",
        kind: "timestamp",
        values: Float64Array.from(rows, ({ at }) => START_MICROS + at * 1e6),
      },
      { name: "user", kind: "text", values: rows.map(({ user }) => user) },
      { name: "item", kind: "text", values: rows.map(({ item }) => item) },
      { name: "position", kind: "integer", values: Int32Array.from(rows, ({ position }) => position) },
      { name: "clicked", kind: "integer", values: Int32Array.from(rows, ({ clicked }) => clicked) },
      { name: "propensity", kind: "double", values: Float64Array.from(rows, ({ propensity }) => propensity) },
      { name: "candidates", kind: "text", values: rows.map(({ candidates }) => candidates) },
      { name: "slate", kind: "text", values: rows.map(({ slate }) => slate) },
    ],
    500,
  );
  return path;
}
