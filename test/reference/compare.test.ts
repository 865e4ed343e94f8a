import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { type ReferenceCase, type ReferenceSetting, settingYaml } from "../support/compare-reference.js";
import { dataFolder, describeWith } from "../support/external.js";

interface Metrics {
  logLoss: { value: number; rows: number };
  normalizedEntropy: { value: number };
  rocAuc: { value?: number };
}
interface Policy {
  name: string;
  metrics: Metrics;
  cost: { rowsLearned: number; cpuSeconds: number };
  slices: { start: string; rows: number; metrics: Metrics }[];
}

const data = dataFolder();
const logs = ["movietweetings/ratings.parquet", "movietweetings/by_month"];
const EXACT = 1e-9;

describeWith("UNBATCH_REFERENCE", "compare.json, through the command", (folder) => {
  const { settings } = JSON.parse(readFileSync(join(folder, "compare.json"), "utf8")) as {
    settings: ReferenceSetting[];
  };
  const work = temporaryFolder();

  it("holds settings with policies", () => {
    expect(settings.length).toBeGreaterThan(0);
    for (const { cases } of settings) expect(cases.length).toBeGreaterThan(0);
  });

  settings.forEach((setting, index) => {
    for (const [at, log] of logs.entries()) {
      it.skipIf(data === undefined)(`setting ${index} on ${log}`, { timeout: 300_000 }, async () => {
        const policies = await compare(work, `${index}-${at}`, setting, join(data ?? "", log));
        expect(policies.map(({ name }) => name)).toEqual(setting.cases.map(({ policy }) => policy));
        setting.cases.forEach((expected, policy) => {
          const found = policies[policy];
          if (found !== undefined) checkPolicy(found, expected);
        });
      });
    }
  });
});

async function compare(
  work: string,
  name: string,
  setting: ReferenceSetting,
  log: string,
): Promise<Policy[]> {
  const config = join(work, `${name}.yaml`);
  writeFileSync(config, settingYaml(setting, undefined));
  const { code, stdout, stderr } = await unbatch([
    ...["compare", log, "--config", config, "--out", join(work, name), "--json", "--quiet"],
  ]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const document = JSON.parse(stdout) as { schema: string; version: number; policies: Policy[] };
  expect(document.schema).toBe("unbatch.compare");
  expect(readFileSync(join(work, name, "compare.json"), "utf8")).toBe(stdout);
  return document.policies;
}

function checkPolicy(found: Policy, expected: ReferenceCase): void {
  const { metrics, cost, slices } = found;
  expect(metrics.logLoss.rows, found.name).toBe(expected.rows);
  expect(cost.rowsLearned, found.name).toBe(expected.rows_learned);
  expect(cost.cpuSeconds).toBeGreaterThan(0);
  near(metrics.logLoss.value, expected.log_loss, EXACT, found.name);
  near(metrics.normalizedEntropy.value, expected.normalized_entropy, EXACT, found.name);
  near(metrics.rocAuc.value, expected.roc_auc, EXACT, found.name);
  expect(slices.length).toBe(expected.days.length);
  expected.days.forEach(([day, rows, , logLoss, auc], index) => {
    const slice = slices[index];
    const where = `${found.name} on ${day}`;
    expect(slice?.start.slice(0, 10), where).toBe(day);
    expect(slice?.rows, where).toBe(rows);
    near(slice?.metrics.logLoss.value, logLoss, EXACT, where);
    if (auc === null) expect(slice?.metrics.rocAuc, where).toHaveProperty("refused");
    else near(slice?.metrics.rocAuc.value, auc, EXACT, where);
  });
}

function near(value: number | undefined, expected: number, tolerance: number, where: string): void {
  expect(Math.abs((value ?? Number.NaN) - expected), where).toBeLessThanOrEqual(tolerance);
}
