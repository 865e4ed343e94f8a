import type { Link } from "../../src/core/model-spec.js";
import { seededRandom } from "../../src/core/random.js";
import type { Bags } from "../../src/model/bags.js";
import type { EventBatch, FeatureColumn } from "../../src/model/batch.js";
import { draw } from "./model-arbitraries.js";
import { SIZES } from "./models.js";

/** Bags from a list of [row, weight] pairs an event. */
export function bagsFrom(events: readonly (readonly (readonly [row: number, weight: number])[])[]): Bags {
  const offsets = new Int32Array(events.length + 1);
  events.forEach((bag, event) => {
    offsets[event + 1] = (offsets[event] ?? 0) + bag.length;
  });
  const pairs = events.flat();
  return {
    offsets,
    codes: Int32Array.from(pairs, ([row]) => row),
    weights: Float64Array.from(pairs, ([, weight]) => weight),
  };
}

/** The same events with other columns for some features. */
export function withFeatures(
  batch: EventBatch,
  columns: Readonly<Record<string, FeatureColumn>>,
): EventBatch {
  return { ...batch, features: new Map([...batch.features, ...Object.entries(columns)]) };
}

/** As `draw`, with a bag of up to four rows in place of each id: empty ones, repeated rows, weights of 0 and below. */
export function drawBags(seed: number, rows: number, link: Link): EventBatch {
  const random = seededRandom(seed + 2);
  const below = (size: number): number => Math.floor(random.uniform() * size);
  const bags = (size: number): FeatureColumn => ({
    kind: "bags",
    ...bagsFrom(
      Array.from({ length: rows }, () =>
        Array.from({ length: below(5) }, () => [below(size), below(4) === 0 ? 0 : random.normal()] as const),
      ),
    ),
  });
  return withFeatures(draw(seed, rows, link), { user: bags(SIZES.user), item: bags(SIZES.item) });
}
