import { ips } from "../../../src/measure/ope/ips.js";
import { marginalWeights } from "../../../src/measure/ope/mips.js";
import type { ModelledRows } from "../../../src/measure/ope/rows.js";
import { snips } from "../../../src/measure/ope/snips.js";
import { weightDiagnostics } from "../../../src/measure/ope/weight-diagnostics.js";
import type { Check } from "../check.js";
import type { Tally } from "../tally.js";
import { atPosition, type Layered, numberOf, type OpeCase, policyOf, rowsFor } from "./ope/case.js";
import { estimators } from "./ope/estimators.js";
import { checkMeanIntervals } from "./ope/intervals.js";
import { checkRatioIntervals } from "./ope/ratio-intervals.js";
import { checkRegression } from "./ope/regression.js";
import { checkVw } from "./ope/vw.js";

export const opeCheck: Check = {
  file: "ope.json",
  run(document, tally) {
    for (const one of (document as { cases: OpeCase[] }).cases) checkCase(tally, one);
  },
};

function checkCase(tally: Tally, one: OpeCase): void {
  const { name, expected } = one;
  const target = atPosition(one, one.action_dist);
  const predicted = atPosition(one, one.q_hat);
  const softmax = rowsFor(one, target, predicted);
  const deterministic = rowsFor(one, chosen(one, target), predicted);

  checkInputs(tally, one, softmax);
  checkWeights(tally, `${name}: weights`, softmax, expected.weights);
  checkWeights(tally, `${name}: deterministic weights`, deterministic, expected.weights_deterministic);
  const onPolicy = ips({ rewards: softmax.rewards, weights: new Float64Array(one.n).fill(1) });
  tally.near(`${name}: on-policy mean reward`, onPolicy, expected.on_policy_mean_reward);

  for (const { estimator, policy, lambda, value, round_rewards_head: head } of expected.estimators) {
    const where = `${name}: ${estimator} ${policy} lambda ${lambda}`;
    const rows = policy === "softmax" ? softmax : deterministic;
    const found = estimators[estimator];
    tally.near(where, found?.figure(rows, numberOf(lambda)), value);
    const terms = found?.terms(rows, numberOf(lambda));
    for (const [row, term] of head.entries()) tally.near(`${where} row ${row}`, terms?.[row], term);
  }
  checkMarginalized(tally, one, target);
  checkRegression(tally, name, one, target);
  checkMeanIntervals(tally, name, softmax, expected);
  checkRatioIntervals(tally, name, softmax, expected);
  checkVw(tally, name, softmax, expected);
}

/** What the document gives as input beside what it follows from. */
function checkInputs(tally: Tally, one: OpeCase, softmax: ModelledRows): void {
  const { name, n_actions: actions } = one;
  const logging = atPosition(one, one.pi_b);
  one.action.forEach((action, row) => {
    tally.near(`${name}: pscore ${row}`, logging[row * actions + action], one.pscore[row]);
    tally.near(`${name}: importance weight ${row}`, softmax.weights[row], one.importance_weight[row]);
  });
  const all: [string, Layered, Layered][] = [
    ["pi_b", policyOf(one, one.behavior_logits), one.pi_b],
    ["action_dist", policyOf(one, one.evaluation_logits), one.action_dist],
  ];
  for (const [key, found, expected] of all) {
    const values = found.flat(2);
    for (const [at, value] of expected.flat(2).entries())
      tally.near(`${name}: ${key} ${at}`, values[at], value);
  }
}

/** One-hot probabilities of the deterministic action at the row's own position. */
function chosen(one: OpeCase, target: Float64Array): Float64Array {
  const hot = new Float64Array(target.length);
  one.deterministic_action.forEach((layer, row) => {
    const action = Array.isArray(layer) ? layer[one.position?.[row] ?? 0] : layer;
    hot[row * one.n_actions + (action ?? 0)] = 1;
  });
  return hot;
}

function checkWeights(
  tally: Tally,
  where: string,
  rows: ModelledRows,
  expected: Readonly<Record<string, number>>,
): void {
  const found = weightDiagnostics(rows);
  const by: Readonly<Record<string, number>> = {
    n: found.rows,
    sum: found.sum,
    mean: found.mean,
    max: found.largest,
    min: found.smallest,
    sum_of_squares: found.sumOfSquares,
    ess: found.effectiveSampleSize,
    ess_fraction: found.effectiveShare,
    share_zero: found.zeroShare,
  };
  for (const [key, value] of Object.entries(expected)) tally.near(`${where} ${key}`, by[key], value);
}

function checkMarginalized(tally: Tally, one: OpeCase, target: Float64Array): void {
  const { action_embed, p_embed_given_action: given, mipw, snmipw } = one.expected.marginalized;
  const probabilities = { actions: one.n_actions, target, logging: atPosition(one, one.pi_b) };
  const categories = given[0]?.length ?? 0;
  for (const [action, shares] of given.entries()) {
    const sum = shares.reduce((total, share) => total + share, 0);
    tally.near(`${one.name}: embeddings of action ${action} sum`, sum, 1);
  }
  const weights = marginalWeights(probabilities, action_embed, Float64Array.from(given.flat()), categories);
  const rows = { rewards: Float64Array.from(one.reward), weights };
  tally.near(`${one.name}: mipw`, ips(rows), mipw);
  tally.near(`${one.name}: snmipw`, snips(rows), snmipw);
}
