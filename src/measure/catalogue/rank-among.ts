/**
 * The rank of one of `count` scores, from 1: 1 + those higher + half of the others that are the same; as positiveRanks
 * has it. NaN where a score is NaN. O(count).
 */
export function rankAmong(scores: Float64Array, count: number, place: number): number {
  const mine = scores[place] ?? Number.NaN;
  let higher = 0;
  let tied = -1;
  for (let at = 0; at < count; at++) {
    const score = scores[at] ?? Number.NaN;
    if (score > mine) higher += 1;
    else if (score === mine) tied += 1;
    else if (!(score < mine)) return Number.NaN;
  }
  return 1 + higher + tied / 2;
}
