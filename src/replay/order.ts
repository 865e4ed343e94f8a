import type { EventBatch } from "../model/batch.js";

/** An event id where the log has one: numbers, or text where an id does not fit a double. */
export type EventId = number | string;

/**
 * The order of predictions: shown-at, then the event id where the log has one, else the place in the log (file by
 * byte order, row group, row), which is the order the rows were read in.
 */
export function predictionOrder(
  shownAtMicros: Float64Array,
  eventIds: readonly EventId[] | undefined,
): Int32Array {
  const order = Int32Array.from(shownAtMicros, (_, row) => row);
  const tie =
    eventIds === undefined
      ? (a: number, b: number) => a - b
      : (a: number, b: number) => compareIds(eventIds[a] ?? 0, eventIds[b] ?? 0) || a - b;
  const compare = (a: number, b: number): number =>
    (shownAtMicros[a] ?? 0) - (shownAtMicros[b] ?? 0) || tie(a, b);
  return sortUnlessSorted(order, compare);
}

/**
 * The order in which labels become known, of events in prediction order: known-at, then shown-at and the tie rule
 * of predictions. Events whose label is never known are left out.
 */
export function labelOrder({ knownAtMicros }: EventBatch): Int32Array {
  const known = Int32Array.from(knownAtMicros, (_, row) => row).filter((row) =>
    Number.isFinite(knownAtMicros[row]),
  );
  return sortUnlessSorted(known, (a, b) => (knownAtMicros[a] ?? 0) - (knownAtMicros[b] ?? 0) || a - b);
}

/** Most logs arrive in order: one pass tells, and spares the sort. */
function sortUnlessSorted(order: Int32Array, compare: (a: number, b: number) => number): Int32Array {
  for (let at = 1; at < order.length; at++) {
    if (compare(order[at - 1] ?? 0, order[at] ?? 0) > 0) return order.sort(compare);
  }
  return order;
}

/** Numbers by value, text by code unit; digits that do not fit a double compare as integers with numbers. */
function compareIds(a: EventId, b: EventId): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string" && !(isDigits(a) && isDigits(b)))
    return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [toInteger(a), toInteger(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function isDigits(text: string): boolean {
  return /^-?\d{1,40}$/.test(text);
}

function toInteger(id: EventId): bigint {
  return typeof id === "number" ? BigInt(Math.trunc(id)) : isDigits(id) ? BigInt(id) : 0n;
}
