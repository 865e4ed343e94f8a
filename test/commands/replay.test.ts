import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openModel } from "../../src/commands/open-inputs.js";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { silent } from "../../src/core/progress.js";
import { openLog } from "../../src/io/log-source.js";
import { newModel } from "../../src/model/create.js";
import { readBlocks } from "../../src/replay/read-blocks.js";
import { type ReplayOptions, replay } from "../../src/replay/replay.js";
import type { ReplayResult } from "../../src/replay/replay-result.js";
import { type SmallEvent, writeLog, YAML } from "../properties/small-log.js";
import { type Finished, temporaryFolder, unbatch } from "../support/cli.js";
import { parseDocument } from "../support/documents.js";

const HOUR = 3600e6;
const work = temporaryFolder();
const config = join(work, "unbatch.yaml");
const log = join(work, "log");
const model = join(work, "model");
let runs = 0;

const events: SmallEvent[] = Array.from({ length: 300 }, (_, id) => ({
  ...{ id, at: id * 1500, user: `u${(id * 5) % 9}`, item: `i${id % 7}` },
  ...{ price: (id % 5) / 4, clicked: (id * id) % 3 === 0 ? 1 : 0 },
}));

beforeAll(async () => {
  writeFileSync(config, YAML);
  writeLog(log, [events], 100);
  const { code, stderr } = await unbatch(["convert", "--out", model, "--config", config]);
  expect(code, stderr).toBe(0);
});

async function run(...args: string[]): Promise<Finished & { out: string }> {
  const out = join(work, `run-${runs++}`);
  return { ...(await unbatch(["replay", model, log, "--out", out, "--config", config, ...args])), out };
}

async function document(...args: string[]): Promise<ReplayResult & { settings: object }> {
  const { code, stdout, stderr, out } = await run("--json", "--quiet", ...args);
  expect([code, stderr]).toEqual([0, ""]);
  expect(readFileSync(join(out, "run.json"), "utf8")).toBe(stdout);
  return parseDocument(stdout, "replay") as unknown as ReplayResult & { settings: object };
}

/** The same replay in this process. */
async function expected(options: Partial<Omit<ReplayOptions, "seconds">>): Promise<ReplayResult> {
  const parsed = parseConfig(YAML, "unbatch.yaml");
  const spec = modelSpecOf(parsed);
  const reading = {
    spec,
    vocabularies: new Map(),
    labels: "required",
    maxRows: 1000,
  } as const;
  const stream = await readBlocks(await openLog([log]), { log: parsed.log, ...reading });
  const all = {
    ...{ windowMicros: 24 * HOUR, frozen: false, seconds: () => 0, maxRejected: 0, progress: silent },
    ...options,
  };
  // As JSON has it, without what is undefined.
  return JSON.parse(JSON.stringify((await replay(newModel(spec), stream, all)).result)) as ReplayResult;
}

describe("unbatch replay", () => {
  it.each([
    ["at once", [], {}],
    ["--publish-every", ["--publish-every", "6h"], { publishEveryMicros: 6 * HOUR }],
    ["--update-every", ["--update-every", "90m"], { updateEveryMicros: 1.5 * HOUR }],
    [
      "both",
      ["--publish-every", "1d", "--update-every", "1h"],
      { publishEveryMicros: 24 * HOUR, updateEveryMicros: HOUR },
    ],
    ["--frozen", ["--frozen"], { frozen: true }],
    ["--window", ["--window", "7h"], { windowMicros: 7 * HOUR }],
  ])("%s", async (_title, args, options) => {
    const found = await document(...args);
    expect(found).toMatchObject(await expected(options));
    const {
      publishEveryMicros,
      updateEveryMicros,
      windowMicros = 24 * HOUR,
    }: Partial<Omit<ReplayOptions, "seconds">> = options;
    expect(found.settings).toEqual(
      JSON.parse(
        JSON.stringify({
          ...{ windowMicros, publishEveryMicros, updateEveryMicros },
          label: { rule: "clicked" },
          known: { after: { positive: HOUR, negative: 20 * HOUR } },
        }),
      ),
    );
  });

  it("each cadence is another result; to learn daily is to publish daily", async () => {
    const day = 24 * HOUR;
    const [once, published, updated, hourly, frozen] = (
      await Promise.all(
        [
          {},
          { publishEveryMicros: day },
          { updateEveryMicros: day },
          { publishEveryMicros: HOUR },
          { frozen: true },
        ].map(expected),
      )
    ).map(({ overall }) => JSON.stringify(overall));
    expect(updated).toBe(published);
    expect(new Set([once, published, hourly, frozen]).size).toBe(4);
  });

  it("takes its cadences from unbatch.yaml, and flags before those", async () => {
    writeFileSync(join(work, "hourly.yaml"), `${YAML}replay: { publishEvery: 6h, window: 12h }\n`);
    const hourly = ["--config", join(work, "hourly.yaml")];
    expect(await document(...hourly)).toMatchObject(
      await expected({ publishEveryMicros: 6 * HOUR, windowMicros: 12 * HOUR }),
    );
    expect(await document(...hourly, "--publish-every", "3h")).toMatchObject(
      await expected({ publishEveryMicros: 3 * HOUR, windowMicros: 12 * HOUR }),
    );
  });

  it("leaves the model at the end, with what it has learned and through when; a frozen one as it was", async () => {
    const online = await run("--quiet");
    expect(online.code, online.stderr).toBe(0);
    const after = await openModel(join(online.out, "model"));
    expect(after.record).toMatchObject({
      source: { kind: "replay", of: { kind: "log" }, rowsLearned: 300 },
      trained: { throughShownAtMicros: Date.UTC(2024, 0, 1) * 1000 + 299 * 1500e6 },
    });
    expect(after.model.vocabularies.get("user")?.ids.length).toBe(9);
    const counts = after.model.vocabularies.get("user")?.counts ?? [];
    expect(Array.from(counts).reduce((sum, count) => sum + count, 0)).toBe(300);
    const frozen = await run("--quiet", "--frozen");
    const state = (folder: string): string => readFileSync(join(folder, "state.safetensors"), "hex");
    expect(state(join(frozen.out, "model")) === state(model)).toBe(true);
    expect(state(join(online.out, "model")) === state(model)).toBe(false);
    expect((await openModel(join(frozen.out, "model"))).record.trained).toBeUndefined();
  });

  it("says to a person where every row went", async () => {
    const { stdout } = await run("--quiet");
    expect(stdout).toContain("read 300 = predicted 300 + rejected 0\npredicted = scored 300 + pending 0");
    expect((await run("--quiet", "--frozen")).stdout).toContain("learned 0");
  });

  it("refuses durations that are none", async () => {
    for (const [flag, value] of [
      ["--publish-every", "soon"],
      ["--update-every", "0s"],
      ["--window", "-1d"],
    ] as const) {
      const { code, stdout, stderr } = await run(flag, value);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(flag);
      expect(stderr).toContain("such as 90s, 15m, 4h, 1d");
    }
  });
});
