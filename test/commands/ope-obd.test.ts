import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { OpeBody } from "../../src/commands/ope/body.js";
import { temporaryFolder } from "../support/cli.js";
import { dataFolder, describeWith } from "../support/external.js";
import { inProcess } from "../support/in-process.js";

const work = temporaryFolder();

interface OffPolicy {
  logs: string;
  target: string;
  n: number;
  ips: number;
  ips_se: number;
  snips: number;
  snips_se: number;
  ess: number;
  max_weight: number;
  mean_weight: number;
}

interface Obd {
  logs: Record<string, { file: string; n_items: number }>;
  softmax_probabilities: Record<string, number[]>;
  off_policy: OffPolicy[];
}

const COLUMNS =
  "--time timestamp --label click --item item_id --propensity propensity_score --position position";

/** Each table in another form: the three that are read. */
function writeTable(name: string, probabilities: readonly number[]): string {
  const path = join(work, name);
  if (name.endsWith(".csv")) {
    const lines = probabilities.map((probability, item) => `${item},${probability}`);
    writeFileSync(path, `item_id,probability\n${lines.join("\n")}\n`);
  } else if (name.endsWith(".map.json")) {
    writeFileSync(path, JSON.stringify(Object.fromEntries(probabilities.entries())));
  } else {
    writeFileSync(path, JSON.stringify(probabilities.map((probability, item) => ({ item, probability }))));
  }
  return path;
}

function near(found: number | undefined, expected: number): void {
  expect(Math.abs((found ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
}

describeWith("UNBATCH_REFERENCE", "unbatch ope on the Open Bandit Dataset", (reference) => {
  const file = join(reference, "obd.json");
  const data = dataFolder();
  it.skipIf(data === undefined || !existsSync(file))(
    "gives the reference's IPS and SNIPS of every policy, and the refusals they deserve",
    { timeout: 120_000 },
    async () => {
      const { logs, softmax_probabilities, off_policy } = JSON.parse(readFileSync(file, "utf8")) as Obd;
      const refused = new Map<string, string[]>();
      for (const [index, expected] of off_policy.entries()) {
        const log = logs[expected.logs];
        if (log === undefined) throw new Error(expected.logs);
        const { target } = expected;
        const always = /^always_item_(\d+)$/.exec(target)?.[1];
        const probabilities = softmax_probabilities[target] ?? [];
        for (let item = probabilities.length; item < log.n_items; item++)
          probabilities.push(always === undefined ? 1 / log.n_items : item === Number(always) ? 1 : 0);
        const form = [".csv", ".rows.json", ".map.json"][index % 3] ?? "";
        const table = writeTable(`${expected.logs}-${target}${form}`, probabilities);
        const path = join(data ?? "", log.file.replace(/csv$/, "parquet"));
        const args = ["ope", path, "--policy-table", table, ...COLUMNS.split(" "), "--json", "--quiet"];
        const { code, stdout } = await inProcess(args);
        expect(code).toBe(0);
        const body = JSON.parse(stdout) as OpeBody & { schema: string; version: number };
        expect(body).toMatchObject({ schema: "unbatch.ope", version: 1, rows: { evaluated: expected.n } });
        const of = (name: string) => body.estimators.find(({ estimator }) => estimator === name);
        near(of("ips")?.computed?.value, expected.ips);
        near(of("ips")?.computed?.standardError, expected.ips_se);
        near(of("snips")?.computed?.value, expected.snips);
        // The reference divides by n, the command by n - 1.
        const freedom = Math.sqrt(expected.n / (expected.n - 1));
        near(of("snips")?.computed?.standardError, expected.snips_se * freedom);
        near(body.diagnostics?.effectiveSampleSize, expected.ess);
        near(body.diagnostics?.largest, expected.max_weight);
        near(body.diagnostics?.mean, expected.mean_weight);
        const codes = body.refusals.map((refusal) => refusal.refused);
        refused.set(`${expected.logs} ${target}`, codes);
        const [first] = codes;
        const figure = of("ips")?.figure;
        if (first === undefined) near(figure && "value" in figure ? figure.value : undefined, expected.ips);
        else expect(figure).toMatchObject({ refused: first });
      }
      expect(refused.size).toBe(16);
      expect(refused.get("random uniform")).toEqual([]);
      expect(refused.get("random always_item_1")).toEqual(["few-positives"]);
      expect(refused.get("random always_item_7")).toEqual(["few-positives"]);
      expect(refused.get("bts uniform")).toEqual(["few-positives"]);
      for (const item of [0, 1, 7, 33])
        expect(refused.get(`bts always_item_${item}`)).toEqual(["low-ess", "few-positives"]);
      expect(refused.get("bts always_item_17")).toEqual(["few-positives"]);
    },
  );
});
