import {
  drawnMean,
  drawnRatio,
  percentileBootstrap,
  type RowSampler,
} from "../../../../src/measure/ope/intervals/bootstrap.js";
import { rowSampler } from "../../../../src/measure/ope/intervals/row-sampler.js";
import { generatorDraws, legacyDraws } from "../../../support/numpy-random.js";
import { type Tally, TOLERANCE } from "../../tally.js";
import type { Expected, SeededBootstrap } from "./case.js";

const ALPHA = 0.05;
/** The generator behind the reference's ratio bootstrap, which does not say it. */
const RATIO_SEED = 7;

/**
 * Compared twice. With this project's generator, to a tolerance of four times the spread of the listed runs, as the
 * reference asks. And with the draws of the reference's own generator: where any of an entry's numbers comes out exactly, the
 * generator is the one meant, and all of them must.
 */
export function checkMeanBootstrap(
  tally: Tally,
  where: string,
  terms: Float64Array,
  reference: SeededBootstrap,
): void {
  const { n_bootstrap_samples: resamples, random_states: seeds, lower, upper } = reference;
  const run = (sampler: RowSampler) =>
    percentileBootstrap(terms.length, drawnMean(terms), { resamples, alpha: ALPHA, sampler });
  const own = run(rowSampler(1));
  const spread = (runs: readonly number[]): number => 4 * (Math.max(...runs) - Math.min(...runs));
  // Three runs can agree by chance: never tighter than a twentieth of the interval.
  const slack = (runs: readonly number[]): number => Math.max(spread(runs), (own.high - own.low) / 20);
  for (const [at, expected] of lower.entries())
    within(tally, `${where} lower ${at}`, own.low, expected, slack(lower));
  for (const [at, expected] of upper.entries())
    within(tally, `${where} upper ${at}`, own.high, expected, slack(upper));
  const found = seeds.map((seed) => run(replayed(legacyDraws(seed, terms.length, resamples * terms.length))));
  sameGenerator(
    tally,
    where,
    found.flatMap(({ low, high }, at) => [
      [low, lower[at] ?? Number.NaN],
      [high, upper[at] ?? Number.NaN],
    ]),
  );
}

export function checkRatioBootstrap(
  tally: Tally,
  where: string,
  numerators: Float64Array,
  denominators: Float64Array,
  reference: Expected["snipw_interval"]["ratio_bootstrap_95"],
): void {
  const { n_bootstrap_samples: resamples, lower, upper, se } = reference;
  const n = numerators.length;
  const statistic = drawnRatio(numerators, denominators);
  const run = (sampler: RowSampler) =>
    percentileBootstrap(n, statistic, { resamples, alpha: ALPHA, sampler });
  const own = run(rowSampler(1));
  // Six standard errors of the quantile of that many resamples, density as at a normal's 2.5 %; twice, for two runs.
  const slack =
    ((6 * Math.SQRT2 * Math.sqrt(0.025 * 0.975)) / 0.0584 / Math.sqrt(resamples)) * own.standardError;
  within(tally, `${where} lower`, own.low, lower, slack);
  within(tally, `${where} upper`, own.high, upper, slack);
  within(tally, `${where} se`, own.standardError, se, slack / 2);
  const found = run(replayed(generatorDraws(RATIO_SEED, n, resamples * n)));
  const standardError = found.standardError * Math.sqrt((resamples - 1) / resamples);
  sameGenerator(tally, where, [
    [found.low, lower],
    [found.high, upper],
    [standardError, se],
  ]);
}

function within(tally: Tally, where: string, found: number, expected: number, slack: number): void {
  const isNear = Math.abs(found - expected) <= slack;
  tally.same(`${where}: own draws near ${expected}`, isNear ? "near" : found, "near");
}

function sameGenerator(tally: Tally, where: string, pairs: readonly (readonly number[])[]): void {
  const isExact = ([found = 0, expected = 0]: readonly number[]): boolean =>
    Math.abs(found - expected) <= TOLERANCE * Math.abs(expected);
  if (!pairs.some(isExact)) return;
  for (const [at, [found, expected]] of pairs.entries())
    tally.near(`${where} ${at} (the reference's draws)`, found, expected);
}

function replayed(draws: Int32Array): RowSampler {
  let at = 0;
  return { draw: () => draws[at++] ?? Number.NaN };
}
