import { finiteRows } from "../core/gather.js";
import type { EventBatch } from "../model/batch.js";

/** An event id where the log has one: a number where it is one that a double holds exactly, else its text. */
export type EventId = number | string;

/**
 * The order of predictions: shown-at, then the event id where the log has one, else the place in the log (file by
 * byte order, row group, row), which is the order the rows were read in. Sorts `rows` in place.
 * @param rows those that can be used: each has a time that is a number.
 */
export function predictionOrder(
  rows: Int32Array,
  shownAtMicros: Float64Array,
  eventIds: readonly EventId[] | undefined,
): Int32Array {
  const isWhole = rows.length === shownAtMicros.length;
  if (isWhole && ascends(shownAtMicros, eventIds === undefined ? "weakly" : "strictly")) return rows;
  const tie =
    eventIds === undefined
      ? (a: number, b: number) => a - b
      : (a: number, b: number) => compareIds(eventIds[a] ?? 0, eventIds[b] ?? 0) || a - b;
  const compare = (a: number, b: number): number =>
    (shownAtMicros[a] ?? 0) - (shownAtMicros[b] ?? 0) || tie(a, b);
  return sortUnlessSorted(rows, compare);
}

/**
 * The order in which labels become known, of events in prediction order: known-at, then shown-at and the tie rule
 * of predictions. Events whose label is never known are left out.
 */
export function labelOrder({ knownAtMicros }: Pick<EventBatch, "knownAtMicros">): Int32Array {
  const known = finiteRows(knownAtMicros);
  // Mostly every label is known, in the order of the rows.
  if (known.length === knownAtMicros.length && ascends(knownAtMicros, "weakly")) return known;
  return sortUnlessSorted(known, (a, b) => (knownAtMicros[a] ?? 0) - (knownAtMicros[b] ?? 0) || a - b);
}

/** Whether the values never fall, or (`strictly`) always rise; false where one is NaN. */
function ascends(values: Float64Array, how: "weakly" | "strictly"): boolean {
  const isStrict = how === "strictly";
  for (let at = 1; at < values.length; at++) {
    const before = values[at - 1] ?? Number.NaN;
    const value = values[at] ?? Number.NaN;
    if (!(before < value) && (isStrict || before !== value)) return false;
  }
  return true;
}

/** One pass tells whether it is needed. */
function sortUnlessSorted(order: Int32Array, compare: (a: number, b: number) => number): Int32Array {
  for (let at = 1; at < order.length; at++) {
    if (compare(order[at - 1] ?? 0, order[at] ?? 0) > 0) return order.sort(compare);
  }
  return order;
}

/**
 * Integers first, by value, whether they came as numbers or as digits; then other texts, by code unit. A total order:
 * what is equal in it is the same id.
 */
function compareIds(a: EventId, b: EventId): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [toInteger(a), toInteger(b)];
  if (left !== undefined && right !== undefined && left !== right) return left < right ? -1 : 1;
  if ((left === undefined) !== (right === undefined)) return left === undefined ? 1 : -1;
  const [text, other] = [String(a), String(b)];
  return text < other ? -1 : text > other ? 1 : 0;
}

function toInteger(id: EventId): bigint | undefined {
  if (typeof id === "number") return BigInt(Math.trunc(id));
  return /^-?\d{1,40}$/.test(id) ? BigInt(id) : undefined;
}
