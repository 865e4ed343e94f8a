import { type Estimated, ratioOf } from "./estimation.js";

/**
 * Replay method (Li, Chu, Langford & Wang 2011): the mean reward of the rows where the logged action is the
 * one that the target takes. For logs whose actions were drawn uniformly and targets that choose one action; on any
 * other log it is biased towards what the logging policy likes. Refused where no row matches. O(n).
 *
 * @param matches 1 where the target takes the logged action, else 0.
 */
export function replayMethod(
  rewards: Float64Array,
  matches: Float64Array,
  rowWeights?: Float64Array,
): Estimated {
  const matched = rewards.map((reward, row) => reward * (matches[row] ?? 0));
  return ratioOf("rm", matched, matches, rowWeights);
}
