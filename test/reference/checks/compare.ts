import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "../../../src/core/figure.js";
import { type ReferenceCase, type ReferenceSetting, settingYaml } from "../../support/compare-reference.js";
import { unbatch } from "../../support/process.js";
import type { Check } from "../check.js";
import type { Tally } from "../tally.js";

interface Metrics {
  logLoss: Figure;
  normalizedEntropy: Figure;
  rocAuc: Figure;
  baseRate: Figure;
}
interface Policy {
  name: string;
  metrics: Metrics;
  cost: { rowsLearned: number; cpuSeconds: number };
  slices: { start: string; rows: number; metrics: Metrics }[];
}

/** The same events as one file and as one a month. */
const LOGS = ["movietweetings/ratings.parquet", "movietweetings/by_month"];

/** Every policy of every setting through the command, with float64 state. */
export const compareCheck: Check = {
  file: "compare.json",
  needsData: true,
  async run(document, tally, data) {
    const { settings } = document as { settings: ReferenceSetting[] };
    if (data === undefined) return tally.skip("compare.json", "set UNBATCH_DATA to the folder of logs");
    const work = mkdtempSync(join(tmpdir(), "unbatch-reference-"));
    try {
      for (const [index, setting] of settings.entries()) {
        for (const log of LOGS) {
          const where = `setting ${index} on ${log}`;
          const policies = await compare(work, setting, join(data, log), where, tally);
          tally.same(
            where,
            policies.map(({ name }) => name),
            setting.cases.map(({ policy }) => policy),
          );
          for (const expected of setting.cases) {
            const found = policies.find(({ name }) => name === expected.policy);
            if (found !== undefined) checkPolicy(found, expected, `${where}: ${expected.policy}`, tally);
          }
        }
      }
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  },
};

async function compare(
  work: string,
  setting: ReferenceSetting,
  log: string,
  where: string,
  tally: Tally,
): Promise<Policy[]> {
  const config = join(work, "unbatch.yaml");
  const out = join(work, "comparison");
  writeFileSync(config, settingYaml(setting, "float64"));
  const { code, stdout, stderr } = await unbatch([
    ...["compare", log, "--config", config, "--out", out, "--force", "--json", "--quiet"],
  ]);
  tally.same(`${where}: exit code and standard error`, [code, stderr], [0, ""]);
  if (code !== 0) return [];
  tally.same(
    `${where}: compare.json is what was printed`,
    readFileSync(join(out, "compare.json"), "utf8") === stdout,
    true,
  );
  return (JSON.parse(stdout) as { policies: Policy[] }).policies;
}

function checkPolicy(found: Policy, expected: ReferenceCase, where: string, tally: Tally): void {
  const { metrics, cost, slices } = found;
  tally.same(`${where}: rows`, "rows" in metrics.logLoss ? metrics.logLoss.rows : 0, expected.rows);
  tally.same(`${where}: rows learned`, cost.rowsLearned, expected.rows_learned);
  tally.same(`${where}: CPU was measured`, cost.cpuSeconds > 0, true);
  tally.near(`${where}: base rate`, metrics.baseRate, expected.base_rate);
  tally.near(`${where}: log loss`, metrics.logLoss, expected.log_loss);
  tally.near(`${where}: normalized entropy`, metrics.normalizedEntropy, expected.normalized_entropy);
  tally.near(`${where}: AUC`, metrics.rocAuc, expected.roc_auc);
  tally.same(
    `${where}: days`,
    slices.map(({ start, rows }) => [start.slice(0, 10), rows]),
    expected.days.map(([day, rows]) => [day, rows]),
  );
  expected.days.forEach(([day, rows, positives, logLoss, auc], index) => {
    const slice = slices[index]?.metrics;
    tally.near(`${where} on ${day}: base rate`, slice?.baseRate, positives / rows);
    tally.near(`${where} on ${day}: log loss`, slice?.logLoss, logLoss);
    tally.near(`${where} on ${day}: AUC`, slice?.rocAuc, auc);
  });
}
