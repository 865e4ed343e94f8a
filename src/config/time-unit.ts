import type { ColumnType } from "../core/column.js";

export type TimeUnit = "s" | "ms" | "us" | "ns";

export const UNIT_MICROS: Readonly<Record<TimeUnit, number>> = { s: 1e6, ms: 1e3, us: 1, ns: 1e-3 };

/** Bounds of the magnitude of a time since 1970 in each unit: 1e11 s is the year 5138, 1e11 ms is 1973. */
const LARGEST: readonly (readonly [TimeUnit, number])[] = [
  ["s", 1e11],
  ["ms", 1e14],
  ["us", 1e17],
];

/**
 * The unit of a time column: from its type where the type says it, else from the magnitude of the median value
 * (one absurd row must not change the unit of all others).
 */
export function timeUnitOf(type: ColumnType, values: Float64Array): { unit: TimeUnit; because: string } {
  if (type === "timestamp") return { unit: "us", because: "the column's type is a timestamp" };
  if (type === "text") return { unit: "us", because: "ISO 8601 text" };
  const finite = values.filter((value) => Number.isFinite(value)).sort();
  const median = Math.abs(finite[finite.length >> 1] ?? 0);
  const unit = LARGEST.find(([, bound]) => median < bound)?.[0] ?? "ns";
  return { unit, because: `the median value is ${median}` };
}
