import type { ColumnType } from "../core/column.js";

export type TimeUnit = "s" | "ms" | "us" | "ns";

export const UNIT_MICROS: Readonly<Record<TimeUnit, number>> = { s: 1e6, ms: 1e3, us: 1, ns: 1e-3 };

export interface FoundUnit {
  unit: TimeUnit;
  because: string;
}

/** Bounds of the magnitude of a time since 1970 in each unit: 1e11 s is the year 5138, 1e11 ms is 1973. */
const LARGEST: readonly (readonly [TimeUnit, number])[] = [
  ["s", 1e11],
  ["ms", 1e14],
  ["us", 1e17],
  ["ns", Number.POSITIVE_INFINITY],
];

/** The unit that a column's type says; undefined where only its numbers can tell. */
export function unitOfType(type: ColumnType): FoundUnit | undefined {
  if (type === "timestamp") return { unit: "us", because: "the column's type is a timestamp" };
  return type === "text" ? { unit: "us", because: "ISO 8601 text" } : undefined;
}

/** The unit of a column of numbers, by the size of its median (one absurd row must not change the unit of all others). */
export class UnitTally {
  /** Values met by the least unit whose bound they are below. */
  readonly #counts: number[] = LARGEST.map(() => 0);

  add(values: Float64Array): void {
    for (let row = 0; row < values.length; row++) {
      const size = Math.abs(values[row] ?? Number.NaN);
      if (!(size < Number.POSITIVE_INFINITY)) continue;
      let place = 0;
      while (size >= (LARGEST[place]?.[1] ?? Number.POSITIVE_INFINITY)) place++;
      this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    }
  }

  /** Seconds where there were no values. */
  finish(): FoundUnit {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    let below = 0;
    for (const [place, [unit, bound]] of LARGEST.entries()) {
      below += this.#counts[place] ?? 0;
      if (below * 2 > total || total === 0) return { unit, because: reason(place, bound) };
    }
    return { unit: "ns", because: reason(LARGEST.length - 1, Number.POSITIVE_INFINITY) };
  }
}

function reason(place: number, bound: number): string {
  const least = LARGEST[place - 1]?.[1] ?? 0;
  const to = bound === Number.POSITIVE_INFINITY ? "or more" : `to ${bound}`;
  return `the median value is ${least} ${to}`;
}
