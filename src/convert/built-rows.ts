import type { BuiltArray } from "./built-array.js";
import type { ReadRows } from "./stretch.js";

/** The source's rows as weights, in float32 where that holds them; `change`: of each. */
export function learnedRows(
  openSource: () => ReadRows,
  {
    rows,
    width,
    isSmall,
    change,
  }: { rows: number; width: number; isSmall: boolean; change: ((value: number) => number) | undefined },
): BuiltArray {
  return {
    ...{ rows, width },
    open() {
      const read = openSource();
      return (from, to) => {
        const values = new (isSmall ? Float32Array : Float64Array)((to - from) * width);
        read(from, to, values);
        if (change !== undefined)
          for (let at = 0; at < values.length; at++) values[at] = change(values[at] ?? 0);
        return values;
      };
    },
  };
}

/** The same and `count` rows more: of zeros, but for the first, which is `vector` where that has numbers. */
export function withRows(array: BuiltArray, count: number, vector: readonly number[]): BuiltArray {
  const { rows, width } = array;
  return {
    ...{ rows: rows + count, width },
    open() {
      const make = array.open();
      return (from, to) => {
        if (to <= rows) return make(from, to);
        const known = make(Math.min(from, rows), rows);
        const Kind = known instanceof Float32Array ? Float32Array : Float64Array;
        const values = new Kind((to - from) * width);
        values.set(known);
        if (from <= rows) values.set(vector, (rows - from) * width);
        return values;
      };
    },
  };
}

/** The rows, and once more those of the negated weights: what learning gives for inputs of -1. */
export function mirrored(array: BuiltArray, sign: 1 | -1): BuiltArray {
  const { rows, width } = array;
  return {
    ...{ rows: 2 * rows, width },
    open() {
      const make = array.open();
      return (from, to) => {
        const values = new Float64Array((to - from) * width);
        if (from < rows) values.set(make(from, Math.min(to, rows)));
        const first = Math.max(from, rows);
        if (first < to) {
          const turned = make(first - rows, to - rows).map((value) => sign * value);
          values.set(turned, (first - from) * width);
        }
        return values;
      };
    },
  };
}
