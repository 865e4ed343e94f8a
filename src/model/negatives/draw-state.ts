import type { Vocabulary } from "../../core/vocabulary.js";
import { type FeatureColumn, gatherFeature } from "../batch.js";

/**
 * What the negatives of a log of positives depend on, so that the next log goes on where this one ended: plain data.
 * Users and items are numbers, given in the order of their first event.
 */
export interface DrawState {
  /** The id of each number. */
  users: readonly string[];
  items: readonly string[];
  /** Items that are known, in the order in which they became so, and the events of each. */
  known: Int32Array;
  counts: Float64Array;
  /** Of each item feature, the value of each known item. */
  features: ReadonlyMap<string, FeatureColumn>;
  /** user, item, user, item ...: what each has had. */
  had: Int32Array;
  /** Of the next draw. */
  seed: number;
}

/**
 * The same with the rows that new ids were given. An item with an id that no row was learned for is known no more: the
 * next log cannot say its row.
 * @param newIds by feature, those of codes -1, -2 ...
 */
export function settleDraws(
  draws: DrawState,
  newIds: ReadonlyMap<string, readonly string[]>,
  vocabularies: ReadonlyMap<string, Vocabulary>,
): DrawState {
  const settled = [...draws.features].map(([name, column]) => {
    const rowOf = rowOfNewIds(newIds.get(name) ?? [], vocabularies.get(name));
    return [name, withRows(column, rowOf)] as const;
  });
  const kept = Int32Array.from(draws.known.keys()).filter((place) =>
    settled.every(([, column]) => isSettled(column, place)),
  );
  return {
    ...draws,
    known: kept.map((place) => draws.known[place] ?? 0),
    counts: Float64Array.from(kept, (place) => draws.counts[place] ?? 0),
    features: new Map(settled.map(([name, column]) => [name, gatherFeature(column, kept)])),
  };
}

/** By place in the list; undefined where nothing was learned of the id. */
function rowOfNewIds(
  ids: readonly string[],
  vocabulary: Vocabulary | undefined,
): readonly (number | undefined)[] {
  if (ids.length === 0) return [];
  const rowOf = new Map(vocabulary?.ids.map((id, index) => [id, vocabulary.rows[index] ?? 0]));
  return ids.map((id) => rowOf.get(id));
}

function withRows(column: FeatureColumn, rowOf: readonly (number | undefined)[]): FeatureColumn {
  if (column.kind === "values") return column;
  const codes = column.codes.map((code) => (code < 0 ? (rowOf[-1 - code] ?? code) : code));
  return { ...column, codes };
}

function isSettled(column: FeatureColumn, place: number): boolean {
  if (column.kind === "values") return true;
  const [from, to] =
    column.kind === "rows"
      ? [place, place + 1]
      : [column.offsets[place] ?? 0, column.offsets[place + 1] ?? 0];
  return column.codes.subarray(from, to).every((code) => code >= 0);
}
