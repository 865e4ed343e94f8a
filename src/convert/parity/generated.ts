import type { Config, EncoderConfig } from "../../config/config.js";
import { type Random, seededRandom } from "../../core/random.js";
import type { VocabularyRows } from "../bound.js";
import { anyColumnOf, columnOf, type LoggedValue, type ParityRows } from "./rows.js";

/** One row in so many has an id that no vocabulary holds, so that the rule for those is compared too. */
const UNKNOWN_SHARE = 0.1;

/** Bags have fewer values than this. */
const MOST = 5;

/** Rows made from the vocabularies and encoders, where there is neither a golden file nor a log: seeded. */
export function generatedRows(
  config: Config,
  vocabularies: ReadonlyMap<string, VocabularyRows>,
  rows: number,
  /** By feature, values at which the score changes: drawn from, and from just beside them. */
  edges: ReadonlyMap<string, readonly number[]> = new Map(),
): ParityRows {
  const random = seededRandom(config.learner.seed);
  const columns = new Map<string, ReturnType<typeof anyColumnOf>>();
  for (const { name, column = name, encoder, bag } of config.features) {
    if (columns.has(column)) continue;
    const draw = drawer(encoder, [...(vocabularies.get(name)?.keys() ?? [])], random);
    const near = encoder.kind === "dense" ? edges.get(name) : undefined;
    const value = near === undefined ? draw : besides(near, random);
    if (bag === undefined) {
      columns.set(column, columnOf(Array.from({ length: rows }, value)));
      continue;
    }
    const lists = Array.from({ length: rows }, () =>
      Array.from({ length: Math.floor(random.uniform() * MOST) }, draw),
    );
    const put = (into: string, values: readonly (readonly LoggedValue[])[]): void => {
      columns.set(
        into,
        anyColumnOf(values.map((list) => (bag.split === undefined ? list : list.join(bag.split)))),
      );
    };
    put(column, lists);
    if (bag.weights !== undefined)
      put(
        bag.weights,
        lists.map((list) => list.map(() => random.uniform())),
      );
  }
  return { kind: "generated", rows, columns };
}

/** At an edge, one unit in the last place of float32 beside it, or missing. */
function besides(edges: readonly number[], random: Random): () => number {
  return () => {
    if (random.uniform() < UNKNOWN_SHARE) return Number.NaN;
    const edge = edges[Math.floor(random.uniform() * edges.length)] ?? 0;
    const step = Math.max(Math.abs(edge), 2 ** -126) * 2 ** -23;
    return edge + (Math.floor(random.uniform() * 3) - 1) * step;
  };
}

function drawer(encoder: EncoderConfig, ids: readonly string[], random: Random): () => string | number {
  const below = (count: number): number => Math.floor(random.uniform() * count);
  switch (encoder.kind) {
    case "vocabulary":
      return () => {
        const isUnknown = encoder.unknown !== "reject" && random.uniform() < UNKNOWN_SHARE;
        return isUnknown || ids.length === 0 ? `unknown id ${below(1000)}` : (ids[below(ids.length)] ?? "");
      };
    case "hash":
      return () => `value ${below(10 * encoder.buckets)}`;
    case "identity":
      return () => below(encoder.size);
    case "bucketize": {
      const [first = 0] = encoder.boundaries;
      const last = encoder.boundaries.at(-1) ?? first;
      const margin = (last - first || 1) / 10;
      return () => first - margin + random.uniform() * (last - first + 2 * margin);
    }
    case "dense": {
      const scale = encoder.scale ?? Math.sqrt(encoder.variance ?? 1);
      const least = encoder.transform === "log1p" ? 0 : Number.NEGATIVE_INFINITY;
      const centre = encoder.transform === "log1p" ? Math.expm1(encoder.mean) : encoder.mean;
      return () => Math.max(least, centre + (scale || 1) * random.normal());
    }
  }
}
