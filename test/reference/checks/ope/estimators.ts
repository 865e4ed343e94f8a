import { dm } from "../../../../src/measure/ope/dm.js";
import { doublyRobustTerms, dr } from "../../../../src/measure/ope/dr.js";
import { drOs, drOsTerms } from "../../../../src/measure/ope/dr-os.js";
import type { Estimated } from "../../../../src/measure/ope/estimation.js";
import { ips, ipsTerms } from "../../../../src/measure/ope/ips.js";
import { replayMethod } from "../../../../src/measure/ope/replay-method.js";
import type { ModelledRows } from "../../../../src/measure/ope/rows.js";
import { sndr, sndrTerms } from "../../../../src/measure/ope/sndr.js";
import { snips, snipsTerms } from "../../../../src/measure/ope/snips.js";
import {
  subGaussianDr,
  subGaussianDrTerms,
  subGaussianIps,
  subGaussianIpsTerms,
} from "../../../../src/measure/ope/sub-gaussian.js";
import { switchDr, switchDrTerms } from "../../../../src/measure/ope/switch-dr.js";

interface Estimator {
  figure: (rows: ModelledRows, lambda: number) => Estimated;
  terms: (rows: ModelledRows, lambda: number) => Float64Array;
}

/** By their names in the reference; `lambda` is the clip, threshold or shrinkage. */
export const estimators: Readonly<Record<string, Estimator>> = {
  rm: {
    figure: ({ rewards, weights }) => replayMethod(rewards, matchesOf(weights)),
    terms: ({ rewards, weights }) => snipsTerms({ rewards, weights: matchesOf(weights) }),
  },
  ipw: { figure: ips, terms: ipsTerms },
  snipw: { figure: snips, terms: snipsTerms },
  dm: { figure: dm, terms: ({ expectedRewards }) => expectedRewards },
  dr: { figure: dr, terms: (rows, clip) => doublyRobustTerms(rows, (weight) => Math.min(weight, clip)) },
  sndr: { figure: sndr, terms: sndrTerms },
  "switch-dr": { figure: switchDr, terms: switchDrTerms },
  "dr-os": { figure: drOs, terms: drOsTerms },
  "sg-ipw": { figure: subGaussianIps, terms: subGaussianIpsTerms },
  "sg-dr": { figure: subGaussianDr, terms: subGaussianDrTerms },
};

/** A deterministic target's weight is positive where it takes the logged action. */
function matchesOf(weights: Float64Array): Float64Array {
  return weights.map((weight) => (weight > 0 ? 1 : 0));
}
