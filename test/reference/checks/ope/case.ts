import type { ModelledRows } from "../../../../src/measure/ope/rows.js";

export type Lambda = number | "Infinity" | null;
/** [row][action], or [row][position][action]. */
export type Layered = number[][] | number[][][];

interface Logits {
  weights: number[][] | number[][][];
  bias: number[];
}

export interface OpeCase {
  name: string;
  n: number;
  n_actions: number;
  len_list: number;
  context: number[][];
  action: number[];
  position: number[] | null;
  reward: number[];
  pscore: number[];
  behavior_logits: Logits;
  evaluation_logits: Logits;
  pi_b: Layered;
  action_dist: Layered;
  q_hat: Layered;
  deterministic_action: number[] | number[][];
  importance_weight: number[];
  expected: Expected;
}

export interface Expected {
  weights: Record<string, number>;
  weights_deterministic: Record<string, number>;
  on_policy_mean_reward: number;
  estimators: {
    estimator: string;
    policy: "softmax" | "deterministic";
    lambda: Lambda;
    value: number;
    round_rewards_head: number[];
  }[];
  marginalized: {
    action_embed: number[];
    p_embed_given_action: number[][];
    mipw: number;
    snmipw: number;
  };
  regression_fits: {
    fits: {
      fitting_method: "normal" | "iw" | "mrdr";
      coef: number[];
      intercept: number;
      dm: number;
      dr: number;
    }[];
  } | null;
  intervals: {
    round_rewards_of: { estimator: string; lambda: Lambda };
    mean: number;
    variance_ddof0: number;
    bounds: {
      method: string;
      delta: number;
      x_max: "sample" | "given" | null;
      lower: number;
      upper_mirrored: number;
    }[];
    obp_percentile_bootstrap_95: SeededBootstrap;
  }[];
  x_max_given: number;
  snipw_interval: {
    value: number;
    obp_bootstrap_95: SeededBootstrap & { normal_theory_se_of_that_procedure: number };
    delta_method: Record<string, number | number[]>;
    jackknife_se: number;
    ratio_bootstrap_95: { n_bootstrap_samples: number; lower: number; upper: number; se: number };
  };
  sndr_interval: {
    value: number;
    delta_method: { se: number; ci95_normal: number[] };
    jackknife_se: number;
  };
  vw: {
    rmin: number;
    rmax: number;
    wmin_given: number;
    wmax_given: number;
    estimators: Record<string, number>;
    intervals: { method: string; alpha: number; lower: number; upper: number }[];
  };
}

export interface SeededBootstrap {
  n_bootstrap_samples: number;
  random_states: number[];
  lower: number[];
  upper: number[];
}

/** The actions' probabilities or predicted rewards at the row's own position, flat: [row * actions + action]. */
export function atPosition(one: OpeCase, values: Layered): Float64Array {
  const flat = new Float64Array(one.n * one.n_actions);
  values.forEach((layer, row) => {
    const first = layer[0];
    const actions = Array.isArray(first) ? layer[one.position?.[row] ?? 0] : layer;
    if (!Array.isArray(actions)) throw new TypeError(`row ${row} without position`);
    flat.set(actions as number[], row * one.n_actions);
  });
  return flat;
}

/** Softmax of context . weights + bias, of one position of one row. */
function softmaxOf(
  context: readonly number[],
  weights: readonly number[][],
  bias: readonly number[],
): number[] {
  const logits = bias.map((start, action) =>
    context.reduce((sum, value, feature) => sum + value * (weights[feature]?.[action] ?? 0), start),
  );
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Every position's softmax of every row, in the layout of `pi_b`. */
export function policyOf(one: OpeCase, { weights, bias }: Logits): Layered {
  if (one.len_list === 1) {
    return one.context.map((context) => softmaxOf(context, weights as number[][], bias));
  }
  return one.context.map((context) =>
    (weights as number[][][]).map((ofPosition) => softmaxOf(context, ofPosition, bias)),
  );
}

/** The rows as the estimators take them, for a target given as probabilities [row * actions + action]. */
export function rowsFor(one: OpeCase, target: Float64Array, predicted: Float64Array): ModelledRows {
  const { n_actions: actions } = one;
  const logged = (values: Float64Array, row: number): number =>
    values[row * actions + (one.action[row] ?? 0)] ?? Number.NaN;
  return {
    rewards: Float64Array.from(one.reward),
    weights: Float64Array.from(one.pscore, (propensity, row) => logged(target, row) / propensity),
    predictedRewards: Float64Array.from(one.reward, (_, row) => logged(predicted, row)),
    expectedRewards: Float64Array.from(one.reward, (_, row) => {
      let sum = 0;
      for (let at = row * actions; at < (row + 1) * actions; at++)
        sum += (target[at] ?? 0) * (predicted[at] ?? 0);
      return sum;
    }),
  };
}

export function numberOf(lambda: Lambda): number {
  return lambda === "Infinity" ? Number.POSITIVE_INFINITY : (lambda ?? Number.NaN);
}
