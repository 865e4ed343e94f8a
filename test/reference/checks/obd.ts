import { standardError } from "../../../src/measure/ope/estimation.js";
import { ips } from "../../../src/measure/ope/ips.js";
import { softmax } from "../../../src/measure/ope/policies.js";
import { snips } from "../../../src/measure/ope/snips.js";
import { weightDiagnostics } from "../../../src/measure/ope/weight-diagnostics.js";
import type { Check } from "../check.js";
import type { Tally } from "../tally.js";
import { checkFacts, type LogFacts } from "./obd/facts.js";
import { type ObdLog, readObdLog } from "./obd/log.js";

interface OffPolicy {
  logs: string;
  target: string;
  n: number;
  n_positive_weight: number;
  ips: number;
  ips_se: number;
  snips: number;
  snips_se: number;
  ess: number;
  max_weight: number;
  mean_weight: number;
  clicks_with_positive_weight: number;
}

interface ObdDocument {
  item_scores: Record<string, number[]>;
  softmax_probabilities: Record<string, number[]>;
  logs: Record<string, LogFacts>;
  off_policy: OffPolicy[];
}

export const obdCheck: Check = {
  file: "obd.json",
  async run(document, tally, data) {
    const { item_scores, softmax_probabilities, logs, off_policy } = document as ObdDocument;
    for (const [name, expected] of Object.entries(softmax_probabilities)) {
      const found = softmax(1)(Float64Array.from(item_scores[name] ?? []));
      for (const [item, value] of expected.entries()) tally.near(`${name} ${item}`, found[item], value);
    }
    if (data === undefined) {
      tally.skip("logs", "UNBATCH_DATA names no folder: obd/*/*/*.parquet are read from it");
      return;
    }
    for (const [name, facts] of Object.entries(logs)) {
      const log = await readObdLog(data, facts.file);
      checkFacts(tally, name, log, facts);
      for (const one of off_policy.filter((row) => row.logs === name)) {
        checkTarget(tally, log, targetOf(one.target, facts.n_items, item_scores), one);
      }
    }
    const orphans = off_policy.filter((row) => !(row.logs in logs));
    tally.same("logs of off_policy that are not listed", orphans.length, 0);
  },
};

/** Probability of each item. */
function targetOf(name: string, items: number, scores: Readonly<Record<string, number[]>>): Float64Array {
  if (name === "uniform") return new Float64Array(items).fill(1 / items);
  const always = /^always_item_(\d+)$/.exec(name)?.[1];
  if (always === undefined) return softmax(1)(Float64Array.from(scores[name] ?? []));
  return Float64Array.from({ length: items }, (_, item) => (item === Number(always) ? 1 : 0));
}

function checkTarget(tally: Tally, log: ObdLog, target: Float64Array, expected: OffPolicy): void {
  const where = `${expected.logs} ${expected.target}`;
  const weights = log.item.map((item, row) => (target[item] ?? 0) / (log.propensity[row] ?? 0));
  const rows = { rewards: log.click, weights };
  const found = weightDiagnostics(rows);
  tally.same(`${where} n`, found.rows, expected.n);
  const positive = weights.filter((weight) => weight > 0).length;
  tally.same(`${where} rows with weight`, positive, expected.n_positive_weight);
  const clicks = log.click.filter((click, row) => click === 1 && (weights[row] ?? 0) > 0).length;
  tally.same(`${where} clicks with weight`, clicks, expected.clicks_with_positive_weight);
  tally.near(`${where} ess`, found.effectiveSampleSize, expected.ess);
  tally.near(`${where} largest weight`, found.largest, expected.max_weight);
  tally.near(`${where} mean weight`, found.mean, expected.mean_weight);
  for (const [name, figure, value, error, freedom] of [
    ["ips", ips(rows), expected.ips, expected.ips_se, 1],
    ["snips", snips(rows), expected.snips, expected.snips_se, 0],
  ] as const) {
    tally.near(`${where} ${name}`, figure, value);
    const found = "refused" in figure ? figure : standardError(figure, freedom);
    tally.near(`${where} ${name} standard error`, found, error);
  }
}
