import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { temporaryFolder, unbatch } from "../support/cli.js";

const work = temporaryFolder();
const demo = join(work, "demo");
const model = join(work, "model");
const yaml = (): string => readFileSync(join(demo, "unbatch.yaml"), "utf8");
let runs = 0;

interface Document {
  start: string;
  checkpoint: object;
  policies: { name: string; slices: { start: string }[]; cost: { rowsLearned: number } }[];
}

beforeAll(async () => {
  const script = fileURLToPath(new URL("../../fixtures/demo/make.mjs", import.meta.url));
  execFileSync(process.execPath, [script, demo], { stdio: "ignore" });
  const config = join(demo, "unbatch.yaml");
  const { code, stderr } = await unbatch([
    "convert",
    join(demo, "checkpoint.pt"),
    "--config",
    config,
    "--out",
    model,
  ]);
  expect(code, stderr).toBe(0);
}, 60_000);

async function compare(config: string, ...args: string[]) {
  const file = join(demo, `config-${runs++}.yaml`);
  const out = join(work, `out-${runs}`);
  writeFileSync(file, config);
  const finished = await unbatch([
    ...[
      "compare",
      join(demo, "log"),
      "--config",
      file,
      "--checkpoint",
      model,
      "--out",
      out,
      "--json",
      "--quiet",
      ...args,
    ],
  ]);
  expect(existsSync(out)).toBe(finished.code === 0);
  return finished;
}

it("begins at the first slice after the checkpoint's cut-off", async () => {
  const { code, stdout, stderr } = await compare(yaml());
  expect(code, stderr).toBe(0);
  const document = JSON.parse(stdout) as Document;
  expect(document.start).toBe("2024-05-05T00:00:00Z");
  expect(document.policies.length).toBeGreaterThan(3);
  for (const { slices } of document.policies) expect(slices.map(({ start }) => start)).toHaveLength(6);
  const cost = new Map(document.policies.map(({ name, cost: { rowsLearned } }) => [name, rowsLearned]));
  expect(cost.get("frozen")).toBe(0);
  expect(cost.get("online")).toBe(36_000);
});

it("moves with the cut-off that the flags say", async () => {
  const { code, stdout } = await compare(
    yaml(),
    "--trained-through",
    "2024-05-06T10:00:00Z",
    "--labels-as-of",
    "2024-05-06",
  );
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as Document).start).toBe("2024-05-07T00:00:00Z");
});

it("refuses a test slice before the cut-off", async () => {
  const { code, stderr } = await compare(yaml().replace("compare:", 'compare:\n  start: "2024-05-03"'));
  expect(code).toBe(2);
  expect(stderr).toContain("2024-05-03T00:00:00Z");
  expect(stderr).toContain("2024-05-05T00:00:00Z or later");
});

it("refuses learner settings for a term that the converted model does not have: the nearest name is offered", async () => {
  const policy =
    "    - { name: mine, kind: online, learner: { terms: { lineer: { kind: sgd, rate: 0.1 } } } }";
  const { code, stderr } = await compare(yaml().replace(/policies:\n/, `policies:\n${policy}\n`));
  expect(code).toBe(2);
  expect(stderr).toContain('learner.terms of policy mine: no term "lineer" that learns in the model');
  expect(stderr).toContain('did you mean "linear"');
  const right = await compare(
    yaml().replace(/policies:\n/, `policies:\n${policy.replace("lineer", "linear")}\n`),
  );
  expect(right.code, right.stderr).toBe(0);
  const { policies } = JSON.parse(right.stdout) as { policies: { name: string; learner: unknown }[] };
  expect(policies[0]).toMatchObject({
    name: "mine",
    learner: { optimizers: { linear: { kind: "sgd", rate: 0.1 }, dot: { kind: "adagrad" } } },
  });
});

it("asks for the cut-off as two times where nobody said", async () => {
  const untold = yaml().replace(/\n {2}trained:.*\n/, "\n");
  expect(untold).not.toBe(yaml());
  const config = join(demo, "untold.yaml");
  writeFileSync(config, untold);
  const other = join(work, "untold");
  expect(
    (await unbatch(["convert", join(demo, "checkpoint.pt"), "--config", config, "--out", other])).code,
  ).toBe(0);
  const args = ["--config", config, "--checkpoint", other, "--out", join(work, "none"), "--quiet"];
  const { code, stderr } = await unbatch(["compare", join(demo, "log"), ...args]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("--trained-through")]);
});

it("a replay in two parts is the replay of the whole, and its model opens", async () => {
  const days = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, day) =>
      join(demo, "log", `day=2024-05-${String(from + day).padStart(2, "0")}`),
    );
  const config = ["--config", join(demo, "unbatch.yaml"), "--quiet"];
  const replay = async (from: string, logs: string[], out: string): Promise<void> => {
    const { code, stderr } = await unbatch(["replay", from, ...logs, "--out", join(work, out), ...config]);
    expect(code, stderr).toBe(0);
  };
  await replay(model, days(5, 8), "whole");
  await replay(model, days(5, 6), "first");
  await replay(join(work, "first", "model"), days(7, 8), "second");
  const state = (run: string): string =>
    readFileSync(join(work, run, "model", "state.safetensors")).toString("hex");
  expect(state("second") === state("whole")).toBe(true);
  expect(state("first") === state("whole")).toBe(false);
  const { code, stdout } = await unbatch(["inspect", join(work, "second"), "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: "unbatch.inspect", kind: "run" });
});
