/** Probabilities of each row's actions: entry [row * actions + action]. */
export interface ActionProbabilities {
  actions: number;
  target: Float64Array;
  logging: Float64Array;
}

/**
 * Marginalised importance weights (Saito & Joachims 2022): the target's probability of the logged action's
 * embedding / the logging policy's, from p(embedding | action). Where many actions share an embedding the weights are far
 * smaller than those of the actions. `ips` and `snips` of these weights are MIPS and SNMIPS: unbiased where an action
 * moves the reward through its embedding alone, biased by the rest. A row whose embedding the logging policy never
 * gives weighs NaN. O(rows * actions).
 *
 * @param embeddings the embedding category of each row's logged action.
 * @param embeddingGivenAction entry [action * categories + category].
 */
export function marginalWeights(
  { actions, target, logging }: ActionProbabilities,
  embeddings: ArrayLike<number>,
  embeddingGivenAction: Float64Array,
  categories: number,
): Float64Array {
  return Float64Array.from(embeddings, (category, row) => {
    let wanted = 0;
    let logged = 0;
    for (let action = 0; action < actions; action++) {
      const given = embeddingGivenAction[action * categories + category] ?? 0;
      wanted += (target[row * actions + action] ?? 0) * given;
      logged += (logging[row * actions + action] ?? 0) * given;
    }
    return wanted / logged;
  });
}
