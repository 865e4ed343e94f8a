/** What a policy would do in place of a row's action: its items, by their codes, and their probabilities. */
export interface Choice {
  items: Int32Array;
  probabilities: Float64Array;
}

/** The policy whose value is asked for. Rows are asked in order; a choice holds until the next is asked. */
export interface TargetPolicy {
  /** Undefined where the policy has no item to choose from, as before anything was seen. */
  choose(row: number): Choice | undefined;
}

/** Which items a policy may choose from in place of a row's action, by their codes; valid until the next call. */
export interface Candidates {
  of(row: number): Int32Array;
}

/** The same items for every row. */
export function fixedCandidates(items: Int32Array): Candidates {
  return { of: () => items };
}

/** The items shown strictly before the row. O(rows) once. */
export function seenBefore(shownAtMicros: Float64Array, items: Int32Array, universe: number): Candidates {
  const order = new Int32Array(universe);
  const firstAt = new Float64Array(universe).fill(Number.NaN);
  let known = 0;
  items.forEach((item, row) => {
    if (!Number.isNaN(firstAt[item])) return;
    firstAt[item] = shownAtMicros[row] ?? 0;
    order[known++] = item;
  });
  const seen = new Int32Array(items.length);
  let at = 0;
  shownAtMicros.forEach((shown, row) => {
    while (at < known && (firstAt[order[at] ?? 0] ?? 0) < shown) at++;
    seen[row] = at;
  });
  return { of: (row) => order.subarray(0, seen[row] ?? 0) };
}

/** Every candidate with the same probability. */
export function uniformTarget(candidates: Candidates): TargetPolicy {
  let probabilities = new Float64Array(0);
  return {
    choose(row) {
      const items = candidates.of(row);
      if (items.length === 0) return undefined;
      if (probabilities.length !== items.length)
        probabilities = new Float64Array(items.length).fill(1 / items.length);
      return { items, probabilities };
    },
  };
}

/** The probability of one item; 0 where the choice does not have it. O(items). */
export function probabilityOf({ items, probabilities }: Choice, item: number): number {
  const at = items.indexOf(item);
  return at < 0 ? 0 : (probabilities[at] ?? 0);
}
