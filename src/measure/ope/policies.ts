/** A policy over candidates: their probabilities, from the scores that a model gives them. */
export type ScorePolicy = (scores: Float64Array) => Float64Array;

/**
 * exp(s / temperature) over their sum (Luce 1959): the higher the temperature, the nearer to uniform. Shifted by the
 * largest score, so that nothing overflows. O(n).
 */
export function softmax(temperature: number): ScorePolicy {
  return (scores) => {
    let top = Number.NEGATIVE_INFINITY;
    for (const score of scores) if (score > top) top = score;
    const powers = scores.map((score) => Math.exp((score - top) / temperature));
    let total = 0;
    for (const power of powers) total += power;
    return powers.map((power) => power / total);
  };
}

/** All on the highest score; candidates that tie share it equally, so that their order does not matter. O(n). */
export const greedy: ScorePolicy = (scores) => {
  let top = Number.NEGATIVE_INFINITY;
  let ties = 0;
  for (const score of scores) {
    if (score > top) {
      top = score;
      ties = 1;
    } else if (score === top) ties += 1;
  }
  return scores.map((score) => (score === top ? 1 / ties : 0));
};

/** With probability epsilon a candidate drawn uniformly, else the greedy one (Sutton & Barto 2018, section 2.2). O(n). */
export function epsilonGreedy(epsilon: number): ScorePolicy {
  return (scores) =>
    greedy(scores).map((probability) => epsilon / scores.length + (1 - epsilon) * probability);
}
