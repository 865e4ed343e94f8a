import { seededRandom } from "../../src/core/random.js";
import type { EventBatch } from "../../src/model/batch.js";
import { batchOf } from "./learner.js";
import { SIZES } from "./models.js";

/** What is the item's own, of the features of models.ts. */
export const ITEM_FEATURES = ["item", "price"] as const;

/** The batch as events with their negatives: `sizes` are the rows of each event, the first of them the one taken. */
export function asDrawn(
  batch: EventBatch,
  sizes: readonly number[],
  logProbability = new Float64Array(batch.rows),
): EventBatch {
  const event = Int32Array.from(sizes.flatMap((rows, at) => new Array<number>(rows).fill(at)));
  if (event.length !== batch.rows)
    throw new Error(`${event.length} rows of events in a batch of ${batch.rows}`);
  return { ...batch, drawn: { event, logProbability } };
}

/** Events of these sizes from one seed: rows of one event differ in what is the item's own alone. */
export function drawEvents(seed: number, sizes: readonly number[]): EventBatch {
  const random = seededRandom(seed);
  const below = (size: number): number => Math.floor(random.uniform() * size);
  const each = (value: () => number): number[] =>
    sizes.flatMap((rows) => new Array<number>(rows).fill(value()));
  const every = (value: () => number): number[] =>
    sizes.flatMap((rows) => Array.from({ length: rows }, value));
  const batch = batchOf({
    labels: sizes.flatMap((rows) => Array.from({ length: rows }, (_, at) => Number(at === 0))),
    codes: { user: each(() => below(SIZES.user)), item: every(() => below(SIZES.item)) },
    values: { age: each(() => random.normal()), price: every(() => (below(3) === 0 ? 0 : random.normal())) },
    offsets: { production: each(() => 0.1 + 0.8 * random.uniform()) },
    weights: each(() => below(4) / 2),
  });
  return asDrawn(batch, sizes, Float64Array.from(every(() => -3 * random.uniform())));
}
