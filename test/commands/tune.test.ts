import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { temporaryFolder } from "../support/cli.js";
import { expectFigure, parseDocument } from "../support/documents.js";
import { inProcess } from "../support/in-process.js";

const work = temporaryFolder();
const log = join(work, "log");
const config = join(work, "unbatch.yaml");
const yaml = `# Ours, with comments.\n${YAML.trimStart()
  .replace("pretrain: 2d", "pretrain: 5d   # five days\n  slice: 1h")
  .replace("rate: 0.2,", "rate: 0.001,")
  .replace("every: 1d }", "every: 1d }   # nightly")}`;
const read = (): string => readFileSync(config, "utf8");
let outs = 0;

interface Compared {
  tuned: boolean;
  policies: { name: string; untuned?: string }[];
  differences: { normalizedEntropy: { policy: string; verdict: string; untuned?: string }[] };
  notes: string[];
}

async function compared(text: string, ...args: string[]): Promise<Compared> {
  const other = join(work, "other.yaml");
  writeFileSync(other, text);
  const out = join(work, `out-${outs++}`);
  const { code, stdout, stderr } = await inProcess([
    "compare",
    log,
    "--out",
    out,
    "--config",
    other,
    "--json",
    "--quiet",
    ...args,
  ]);
  expect(code, stderr).toBe(0);
  return parseDocument(stdout, "compare") as unknown as Compared;
}

beforeAll(() => {
  writeFileSync(config, yaml);
  const events = Array.from({ length: 900 }, (_, id): SmallEvent => {
    const user = (id * 5) % 9;
    return {
      ...{ id, at: id * 840, user: `u${user}`, item: `i${id % 7}`, price: (id % 5) / 4 },
      clicked: (id * 7919) % 10 < (user < 4 ? 8 : 2) ? 1 : 0,
    };
  });
  writeLog(log, [events], 100);
});

describe("unbatch tune", () => {
  it("--dry-run says what it would write, and writes nothing", async () => {
    const args = ["tune", log, "--config", config, "--budget", "6", "--dry-run"];
    const { code, stdout, stderr } = await inProcess(args);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("not written");
    expect(stdout).toContain("The test of compare begins at 2024-01-06T00:00:00Z");
    expect(stderr).toContain("tuning the checkpoint\n");
    expect(read()).toBe(yaml);
  });

  it("writes what it chose, for which compare then gives verdicts", async () => {
    const before = await compared(yaml);
    expect(before.tuned).toBe(false);
    expect(new Set(before.differences.normalizedEntropy.map(({ verdict }) => verdict))).toEqual(
      new Set(["untuned"]),
    );

    const { code, stdout, stderr } = await inProcess([
      "tune",
      log,
      "--config",
      config,
      "--budget",
      "8",
      "--json",
      "--quiet",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    const document = parseDocument(stdout, "tune") as unknown as {
      checkpoint: { gain: unknown; chosen: { rateTimes: number }; tried: unknown[] };
      policies: { name: string; tried: unknown[]; gain: unknown }[];
    };
    expect(document.policies.map(({ name, tried }) => [name, tried.length])).toEqual([
      ["all_history", 8],
      ["warm", 8],
      ["window", 8],
      ["online", 8],
    ]);
    for (const { name, gain } of document.policies) expectFigure(gain, name);
    expect(document.checkpoint.chosen.rateTimes).toBeGreaterThan(4);

    const written = read();
    expect(written).toContain("# Ours, with comments.\n");
    expect(written).toContain("pretrain: 5d   # five days\n");
    expect(written).toContain("   # nightly\n");
    expect(written).toContain("\n  # by unbatch tune;");
    expect(written.split("\n").filter((line) => !yaml.split("\n").includes(line)).length).toBeLessThan(20);
    const after = await compared(written);
    expect(after.policies.map(({ untuned }) => untuned)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(after.tuned).toBe(true);
    expect(after.differences.normalizedEntropy.length).toBe(4);
    for (const { verdict } of after.differences.normalizedEntropy)
      expect(["better", "worse", "not told apart"]).toContain(verdict);
  });

  it("no verdict on a policy whose settings were changed by hand, and the reason", async () => {
    const written = read();
    const { differences, policies, tuned, notes } = await compared(
      written.replace(/(name: warm, kind: warm, every: )1d/, "$112h"),
    );
    expect(tuned).toBe(false);
    expect(policies.filter(({ untuned }) => untuned !== undefined).map(({ name }) => name)).toEqual(["warm"]);
    const verdicts = differences.normalizedEntropy.map(({ policy, verdict }) => [
      policy,
      verdict === "untuned",
    ]);
    expect(verdicts).toEqual([
      ["frozen", false],
      ["all_history", false],
      ["warm", true],
      ["window", false],
    ]);
    expect(notes.join("\n")).toContain(
      "no verdict on warm: the settings of warm, or the model's, have changed",
    );
    const rate = await compared(written.replace(/rate: 0\.\d+/, "rate: 0.33"));
    expect(rate.policies.every(({ untuned }) => untuned !== undefined)).toBe(true);
    const early = await compared(written, "--pretrain", "4d");
    expect(early.policies[1]?.untuned).toContain("after the test begins");
  });

  it("is the same again, and tunes only what it is told", async () => {
    const again = join(work, "again.yaml");
    writeFileSync(again, yaml);
    await inProcess(["tune", log, "--config", again, "--budget", "8", "--quiet"]);
    expect(readFileSync(again, "utf8")).toBe(read());
    const args = ["tune", log, "--config", again, "--budget", "3", "--quiet", "--policy", "online"];
    expect((await inProcess(args)).code).toBe(0);
    const { policies } = await compared(readFileSync(again, "utf8"));
    const reasons = policies.map(({ name, untuned }) => [name, untuned?.includes("was not tuned") ?? false]);
    expect(reasons).toEqual([
      ["frozen", false],
      ["all_history", true],
      ["warm", true],
      ["window", true],
      ["online", false],
    ]);
  });

  it.each([
    ["a policy that is not there", ["--policy", "onlin"], yaml, 'did you mean "online"'],
    ["one that does not learn", ["--policy", "frozen"], yaml, 'no policy "frozen" that learns'],
    ["no policies", [], yaml.slice(0, yaml.indexOf("compare:")), "no compare"],
    ["too little to learn on", ["--score-last", "9d"], yaml, "too few slices"],
    ["no budget", ["--budget", "0"], yaml, "above 0"],
  ])("refuses %s", async (_, args, text, words) => {
    const other = join(work, "refused.yaml");
    writeFileSync(other, text);
    const { code, stderr } = await inProcess(["tune", log, "--config", other, "--quiet", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
    expect(readFileSync(other, "utf8")).toBe(text);
  });

  it("does not write settings where an alias would spread them", async () => {
    const other = join(work, "alias.yaml");
    const text = yaml
      .replace("optimizer: {", "optimizer: &common {")
      .replace("kind: warm,", "kind: warm, learner: { optimizer: *common },");
    writeFileSync(other, text);
    const { code, stderr } = await inProcess([
      "tune",
      log,
      "--config",
      other,
      "--quiet",
      "--budget",
      "4",
      "--policy",
      "online",
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("alias")]);
    expect(readFileSync(other, "utf8")).toBe(text);
  });
});
