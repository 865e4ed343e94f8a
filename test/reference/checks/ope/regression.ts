import { dm } from "../../../../src/measure/ope/dm.js";
import { dr } from "../../../../src/measure/ope/dr.js";
import { regressionWeights } from "../../../../src/measure/ope/regression-weights.js";
import { ridge } from "../../../../src/measure/ope/ridge.js";
import type { Tally } from "../../tally.js";
import { type OpeCase, rowsFor } from "./case.js";

const ALPHA = 1;

/** Ridge regressions of the reward on context ++ one-hot(action), and what dm and dr make of them. */
export function checkRegression(tally: Tally, where: string, one: OpeCase, target: Float64Array): void {
  const { n, n_actions: actions } = one;
  const depth = one.context[0]?.length ?? 0;
  const width = depth + actions;
  const values = new Float64Array(n * width);
  one.context.forEach((context, row) => {
    values.set(context, row * width);
    values[row * width + depth + (one.action[row] ?? 0)] = 1;
  });
  const probabilities = Float64Array.from(one.action, (action, row) => target[row * actions + action] ?? 0);
  for (const fit of one.expected.regression_fits?.fits ?? []) {
    const weights = regressionWeights(fit.fitting_method, probabilities, Float64Array.from(one.pscore));
    const found = ridge({ rows: n, width, values }, Float64Array.from(one.reward), ALPHA, weights);
    const name = `${where}: regression ${fit.fitting_method}`;
    tally.same(`${name} coefficients`, found.coefficients.length, fit.coef.length);
    for (const [at, expected] of fit.coef.entries())
      tally.near(`${name} ${at}`, found.coefficients[at], expected);
    tally.near(`${name} intercept`, found.intercept, fit.intercept);
    const predicted = new Float64Array(n * actions);
    one.context.forEach((context, row) => {
      const start = context.reduce(
        (sum, value, feature) => sum + value * (found.coefficients[feature] ?? 0),
        found.intercept,
      );
      for (let action = 0; action < actions; action++)
        predicted[row * actions + action] = start + (found.coefficients[depth + action] ?? 0);
    });
    const rows = rowsFor(one, target, predicted);
    tally.near(`${name} dm`, dm(rows), fit.dm);
    tally.near(`${name} dr`, dr(rows), fit.dr);
  }
}
