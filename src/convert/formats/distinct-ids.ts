/**
 * id -> row; or, where an id is there more than once, in words: how many are, and the first with both of its rows. O(ids).
 */
export function distinctIds(
  entries: Iterable<readonly [id: string, row: number]>,
): ReadonlyMap<string, number> | string {
  const rows = new Map<string, number>();
  let first: string | undefined;
  let repeats = 0;
  for (const [id, row] of entries) {
    const before = rows.get(id);
    if (before === undefined) rows.set(id, row);
    else {
      repeats += 1;
      first ??= `${JSON.stringify(id.slice(0, 80))} twice, for rows ${before} and ${row}`;
    }
  }
  if (first === undefined) return rows;
  return repeats === 1 ? first : `${first}, and ${repeats - 1} more repeated ids`;
}
