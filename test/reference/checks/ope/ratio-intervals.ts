import { type Estimated, standardError } from "../../../../src/measure/ope/estimation.js";
import { momentsOf } from "../../../../src/measure/ope/intervals/bounds.js";
import { gaussian } from "../../../../src/measure/ope/intervals/gaussian.js";
import { meanAndRatioJackknife, ratioJackknife } from "../../../../src/measure/ope/intervals/jackknife.js";
import { studentTWidth } from "../../../../src/measure/ope/intervals/student-t.js";
import { ipsTerms } from "../../../../src/measure/ope/ips.js";
import type { ModelledRows } from "../../../../src/measure/ope/rows.js";
import { sndr, weightedResiduals } from "../../../../src/measure/ope/sndr.js";
import { snips, snipsTerms } from "../../../../src/measure/ope/snips.js";
import type { Tally } from "../../tally.js";
import { checkMeanBootstrap, checkRatioBootstrap } from "./bootstraps.js";
import type { Expected } from "./case.js";

/** SNIPS and SNDR: delta method, jackknife, and the bootstraps of SNIPS. */
export function checkRatioIntervals(
  tally: Tally,
  where: string,
  rows: ModelledRows,
  { snipw_interval: snipw, sndr_interval: doubly }: Expected,
): void {
  const name = `${where}: snipw interval`;
  const figure = snips(rows);
  tally.near(`${name} value`, figure, snipw.value);
  checkDelta(tally, name, figure, snipw.delta_method);
  tally.near(`${name} jackknife`, ratioJackknife(ipsTerms(rows), rows.weights), snipw.jackknife_se);
  const terms = snipsTerms(rows);
  const { n, variance } = momentsOf(terms);
  const { normal_theory_se_of_that_procedure: fixed } = snipw.obp_bootstrap_95;
  tally.near(`${name} with the mean weight held fixed`, Math.sqrt(variance / n), fixed);
  checkMeanBootstrap(tally, `${name} obp bootstrap`, terms, snipw.obp_bootstrap_95);
  const ratio = snipw.ratio_bootstrap_95;
  checkRatioBootstrap(tally, `${name} ratio bootstrap`, ipsTerms(rows), rows.weights, ratio);

  const sndrFigure = sndr(rows);
  tally.near(`${where}: sndr interval value`, sndrFigure, doubly.value);
  const { se, ci95_normal } = doubly.delta_method;
  checkDelta(tally, `${where}: sndr interval`, sndrFigure, { se, ci95_normal });
  const jackknife = meanAndRatioJackknife(rows.expectedRewards, weightedResiduals(rows), rows.weights);
  tally.near(`${where}: sndr jackknife`, jackknife, doubly.jackknife_se);
}

/** `se`, `se_ddof1`, `ci95_normal`, `ci90_normal`, `ci95_student_t_ddof1` and the like. */
function checkDelta(
  tally: Tally,
  where: string,
  figure: Estimated,
  reference: Readonly<Record<string, number | number[]>>,
): void {
  for (const [key, expected] of Object.entries(reference)) {
    if ("refused" in figure) {
      tally.near(`${where} ${key}`, figure, Number.NaN);
      continue;
    }
    const error = standardError(figure, key.endsWith("ddof1") ? 1 : 0);
    if (typeof expected === "number") {
      tally.near(`${where} ${key}`, error, expected);
      continue;
    }
    const alpha = 1 - Number(/^ci(\d+)_/.exec(key)?.[1]) / 100;
    const width = studentTWidth(error, figure.rows, alpha / 2);
    const { low, high } = key.includes("student_t")
      ? { low: figure.value - width, high: figure.value + width }
      : gaussian(figure.value, error, alpha);
    tally.near(`${where} ${key} low`, low, expected[0]);
    tally.near(`${where} ${key} high`, high, expected[1]);
  }
}
