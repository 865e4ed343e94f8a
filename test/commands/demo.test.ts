import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder, unbatch } from "../support/cli.js";

const folder = temporaryFolder();

it("goes the whole way, says each command, and can be repeated", async () => {
  const out = join(folder, "demo");
  const first = await unbatch(["demo", "--out", out]);
  expect(first.stderr).not.toMatch(/error/);
  expect(first.code).toBe(0);
  const verbs = [...first.stdout.matchAll(/^\$ (unbatch (\w+)|node)/gm)].map(([, , verb]) => verb ?? "make");
  expect(verbs).toEqual(["make", "inspect", "inspect", "convert", "replay", "compare"]);
  const comparison = JSON.parse(readFileSync(join(out, "comparison/compare.json"), "utf8")) as {
    schema: string;
    policies: { name: string; metrics: { logLoss: { rows: number } } }[];
  };
  expect(comparison.schema).toBe("unbatch.compare");
  expect(comparison.policies).toHaveLength(6);
  for (const { metrics } of comparison.policies) expect(metrics.logLoss.rows).toBe(36_000);

  const again = await unbatch(["demo", "--out", out]);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("--force");
});

it("says the progress on stderr, lines where it is no terminal, and the result alone on stdout", async () => {
  const { code, stdout, stderr } = await unbatch([
    ...["replay", join(folder, "demo/model"), join(folder, "demo/log/day=2024-05-05")],
    ...["--out", join(folder, "run"), "--json"],
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: "unbatch.replay", version: 1 });
  expect(stderr).toMatch(/100 %: 6000 of 6000 rows, [\d,]+\/s, 0 s left/);
  expect(stderr).not.toContain("\r");
});
