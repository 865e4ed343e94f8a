import type { Figure, Refusal } from "../../../../src/core/figure.js";
import { cressieRead } from "../../../../src/measure/ope/cressie-read.js";
import { empiricalLikelihood } from "../../../../src/measure/ope/empirical-likelihood.js";
import { standardError } from "../../../../src/measure/ope/estimation.js";
import type { Bounds } from "../../../../src/measure/ope/intervals/bounds.js";
import { clopperPearson } from "../../../../src/measure/ope/intervals/clopper-pearson.js";
import { confidenceSequence } from "../../../../src/measure/ope/intervals/confidence-sequence.js";
import { cressieReadInterval } from "../../../../src/measure/ope/intervals/cressie-read.js";
import { gaussian } from "../../../../src/measure/ope/intervals/gaussian.js";
import { ips } from "../../../../src/measure/ope/ips.js";
import type { WeightedRows } from "../../../../src/measure/ope/rows.js";
import { snips } from "../../../../src/measure/ope/snips.js";
import { anyWeight, type WeightRange } from "../../../../src/measure/ope/weight-range.js";
import type { Tally } from "../../tally.js";
import type { Expected } from "./case.js";

/** The reference's own root finder stops at an absolute 2e-12 of the root: relative to a small end, above 1e-9. */
const ROOT_TOLERANCE = 1e-8;

/** Estimators and intervals of VowpalWabbit/estimators. */
export function checkVw(tally: Tally, where: string, rows: WeightedRows, { vw }: Expected): void {
  const given: WeightRange = { least: vw.wmin_given, most: vw.wmax_given };
  for (const [key, expected] of Object.entries(vw.estimators)) {
    const tolerance = key.startsWith("mle") ? ROOT_TOLERANCE : undefined;
    tally.near(`${where}: vw ${key}`, estimateBy(key, rows, given), expected, tolerance);
  }
  for (const { method, alpha, lower, upper } of vw.intervals) {
    const found = boundsBy(method, rows, alpha, given, vw);
    const ends = found === undefined || "refused" in found ? undefined : found;
    const tolerance = method === "confidence_sequence" ? ROOT_TOLERANCE : undefined;
    tally.near(`${where}: vw ${method} ${alpha} lower`, ends?.low, lower, tolerance);
    tally.near(`${where}: vw ${method} ${alpha} upper`, ends?.high, upper, tolerance);
  }
}

function estimateBy(key: string, rows: WeightedRows, given: WeightRange): Figure | undefined {
  const range = key.endsWith("wmax_given") ? given : anyWeight;
  if (key === "ips") return ips(rows);
  if (key === "snips") return snips(rows);
  if (key.startsWith("cressieread")) return cressieRead(rows, range);
  return key.startsWith("mle") ? empiricalLikelihood(rows, range) : undefined;
}

function boundsBy(
  method: string,
  rows: WeightedRows,
  alpha: number,
  given: WeightRange,
  { rmin, rmax }: Expected["vw"],
): Bounds | Refusal | undefined {
  const rewards = { least: rmin, most: rmax };
  if (method === "gaussian") {
    const figure = ips(rows);
    return "refused" in figure ? figure : gaussian(figure.value, standardError(figure), alpha);
  }
  if (method === "clopper_pearson") return clopperPearson(rows, alpha, rewards);
  if (method === "confidence_sequence") return confidenceSequence(rows, alpha, rewards);
  if (!method.startsWith("cressieread")) return undefined;
  return cressieReadInterval(rows, alpha, rewards, method.endsWith("wmax_given") ? given : anyWeight);
}
