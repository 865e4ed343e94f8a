import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/core/random.js";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { type WriteOptions, writeParquet } from "../support/parquet.js";

const work = temporaryFolder();
const config = join(work, "unbatch.yaml");
writeFileSync(
  config,
  `version: 1
log: { time: shown_at, label: clicked == 1, known: { after: 0s } }
features:
  - { name: price, encoder: { kind: dense } }
  - { name: country, encoder: { kind: vocabulary } }
  - { name: stable, encoder: { kind: dense } }
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [price, country] }
learner: { optimizer: { kind: adagrad, rate: 0.1, initialAccumulator: 0.1 } }
replay: { window: 1d }
`,
);

const DAY_MILLIS = 86_400_000;
const START_MILLIS = Date.UTC(2024, 4, 1);

interface Day {
  /** Added to the price. */
  shift?: number;
  /** Rows of a country that no other day has. */
  fresh?: number;
  rows?: number;
  rate?: number;
  missing?: number;
}

/** A day of events: prices normal, five countries, clicks at a rate. */
function eventsOf(
  day: number,
  { shift = 0, fresh = 0, rows = 600, rate = 0.3, missing = 0 }: Day,
): Record<string, unknown[]> {
  const random = seededRandom(1000 + day);
  const index = Array.from({ length: rows }, (_, row) => row);
  return {
    shown_at: index.map((row) => new Date(START_MILLIS + day * DAY_MILLIS + (row * DAY_MILLIS) / rows)),
    price: index.map((row) => (row < missing ? null : shift + random.normal())),
    country: index.map((row) => (row < fresh ? "zz" : "abcde"[Math.floor(random.uniform() * 5)])),
    stable: index.map(() => random.normal()),
    clicked: index.map(() => (random.uniform() < rate ? 1 : 0)),
  };
}

const TYPES = {
  shown_at: "TIMESTAMP",
  price: "DOUBLE",
  country: "STRING",
  stable: "DOUBLE",
  clicked: "INT32",
} as const;

let made = 0;
/** Days of events, by their number, in one file. */
function logOf(
  days: Record<number, Day>,
  options: WriteOptions & { without?: string; rename?: string } = {},
): string {
  const { without, rename, ...write } = options;
  const path = join(work, `log-${made++}.parquet`);
  const list = Object.entries(days).map(([day, events]) => eventsOf(Number(day), events));
  const columns = Object.entries(TYPES).filter(([name]) => name !== without);
  writeParquet(
    path,
    columns.map(([name, type]) => ({
      name: rename === undefined ? name : `${rename}_${name}`,
      type,
      nullable: true,
      data: list.flatMap((events) => events[name] ?? []),
    })),
    write,
  );
  return path;
}

/** A model of unbatch.yaml, trained on days of its own by a replay. */
async function trainedModel(): Promise<string> {
  const [untrained, run] = [join(work, "untrained"), join(work, "run")];
  const log = logOf({ 20: {}, 21: {}, 22: {} });
  for (const args of [
    ["convert", "--out", untrained],
    ["replay", untrained, log, "--out", run],
  ]) {
    const { code, stderr } = await unbatch([...args, "--config", config, "--quiet"]);
    expect(code, stderr).toBe(0);
  }
  return join(run, "model");
}

interface Feature {
  name: string;
  role: string;
  verdict?: string;
  refused?: string;
  reason?: string;
  adjustedPValue?: number;
  psi?: { value: number };
  rows?: { reference: number; current: number };
  missingShare?: { reference: number; current: number };
  categorical?: { appeared: { examples: string[]; share: number } };
}
interface Document {
  schema: string;
  version: number;
  summary: Record<string, number>;
  comparisons: {
    reference: string;
    current: string;
    features: Feature[];
    loss?: { refused?: string } & Record<"change" | "fromScores" | "fromCalibration", { value: number }>;
  }[];
  notes: string[];
}

async function drift(
  ...args: string[]
): Promise<{ code: number | null; stderr: string; document: Document }> {
  const told = args.includes("--config") ? [] : ["--config", config];
  const { code, stdout, stderr } = await unbatch(["drift", ...args, ...told, "--json", "--quiet"]);
  return { code, stderr, document: JSON.parse(stdout) as Document };
}

const verdicts = (features: readonly Feature[]): Record<string, string | undefined> =>
  Object.fromEntries(features.map(({ name, verdict, refused }) => [name, verdict ?? refused]));

const week = { 0: {}, 1: {}, 2: {} };
const moved = { 7: { shift: 1, fresh: 60 }, 8: { shift: 1, fresh: 60 }, 9: { shift: 1, fresh: 60 } };

describe("a reference and a current log", () => {
  it("one verdict a feature, with its sizes, rows and adjusted p", async () => {
    const { code, document, stderr } = await drift(logOf(week), "--current", logOf(moved));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(document).toMatchObject({ schema: "unbatch.drift", version: 1 });
    const [comparison] = document.comparisons;
    expect(document.comparisons).toHaveLength(1);
    expect(verdicts(comparison?.features ?? [])).toEqual({
      price: "drift",
      country: "drift",
      stable: "stable",
      label: "stable",
    });
    expect(document.summary).toEqual({ drift: 2, minor: 0, stable: 2, unclear: 0, refused: 0 });
    for (const { rows, psi, adjustedPValue } of comparison?.features ?? []) {
      expect(rows).toEqual({ reference: 1800, current: 1800 });
      expect(psi?.value).toBeGreaterThanOrEqual(0);
      expect(adjustedPValue).toBeLessThanOrEqual(1);
    }
    const country = comparison?.features.find(({ name }) => name === "country");
    expect(country?.categorical?.appeared).toMatchObject({ examples: ["zz"], share: 0.1 });
  });

  it("the same log twice has not changed, and how it was cut is nothing", async () => {
    const log = logOf(week);
    const [whole, cut] = await Promise.all([
      drift(log, "--current", logOf(moved)),
      drift(logOf(week, { rowGroupSize: 50 }), "--current", logOf(moved, { rowGroupSize: 7, pageSize: 100 })),
    ]);
    expect(cut.document.comparisons).toEqual(whole.document.comparisons);
    const { document } = await drift(log, "--current", log);
    expect(document.summary).toMatchObject({ stable: 4, drift: 0 });
    for (const { psi, adjustedPValue } of document.comparisons[0]?.features ?? [])
      expect([psi?.value, adjustedPValue]).toEqual([0, 1]);
  });

  it("values that go missing are a change", async () => {
    const { document } = await drift(logOf(week), "--current", logOf({ 5: { rows: 900, missing: 400 } }));
    const price = document.comparisons[0]?.features.find(({ name }) => name === "price");
    expect(price).toMatchObject({ verdict: "drift", missingShare: { reference: 0, current: 400 / 900 } });
  });

  it("as a table: sizes before p, then the verdict, and what it means", async () => {
    const { code, stdout } = await unbatch([
      ...["drift", logOf(week), "--current", logOf(moved), "--config", config, "--quiet"],
    ]);
    expect(code).toBe(0);
    const header = stdout.split("\n").find((line) => line.includes("verdict")) ?? "";
    expect(header.indexOf("PSI")).toBeLessThan(header.indexOf("p (BH)"));
    expect(stdout).toMatch(/^price +1,800 +1,800 .* drift$/m);
    expect(stdout).toContain("verdicts: 2 drift, 2 stable");
    expect(stdout).toContain("independent");
  });

  it("without unbatch.yaml: every column that both have", async () => {
    const [reference, current] = [logOf(week), logOf(moved, { without: "stable" })];
    const finished = await unbatch(["drift", reference, "--current", current, "--json", "--quiet"], work);
    // This folder has an unbatch.yaml: it is read. A folder without one has none.
    expect(JSON.parse(finished.stdout)).toMatchObject({ summary: { refused: 1 } });
    const elsewhere = join(work, "bare");
    mkdirSync(elsewhere);
    const bare = await unbatch(["drift", reference, "--current", current, "--json", "--quiet"], elsewhere);
    const document = JSON.parse(bare.stdout) as Document;
    expect(document.comparisons[0]?.features.map(({ name }) => name)).toEqual([
      "price",
      "country",
      "clicked",
    ]);
    expect(document.notes.join(" ")).toContain("no unbatch.yaml");
  });
});

describe("windows of one log", () => {
  const log = logOf({ ...week, 4: { shift: 1 }, 5: { shift: 1 } });

  it("each with the first; one without events is said, not 0", async () => {
    const { code, document } = await drift(log, "--window", "1d");
    expect(code).toBe(0);
    expect(document.comparisons.map(({ current }) => current)).toEqual([
      "2024-05-02T00:00:00Z",
      "2024-05-03T00:00:00Z",
      "2024-05-04T00:00:00Z",
      "2024-05-05T00:00:00Z",
      "2024-05-06T00:00:00Z",
    ]);
    const price = document.comparisons.map(({ features }) => verdicts(features)["price"]);
    expect(price).toEqual(["stable", "stable", "no-rows", "drift", "drift"]);
    const [empty] = document.comparisons[2]?.features ?? [];
    expect(empty).toMatchObject({ refused: "no-rows", reason: "no events in the current rows" });
    expect(empty?.psi).toBeUndefined();
  });

  it("each with the one before it", async () => {
    const { document } = await drift(log, "--window", "1d", "--against", "previous");
    const price = document.comparisons.map(({ features }) => verdicts(features)["price"]);
    expect(price).toEqual(["stable", "stable", "no-rows", "no-rows", "stable"]);
    expect(document.comparisons[4]?.reference).toBe("2024-05-05T00:00:00Z");
  });
});

describe("with a model", () => {
  it("its predictions are compared, and the change of its loss is split", async () => {
    const model = await trainedModel();
    const [reference, current] = [logOf(week), logOf({ 7: { rows: 1800, shift: 0.5, rate: 0.7 } })];
    const { code, document, stderr } = await drift(reference, "--current", current, "--model", model);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [comparison] = document.comparisons;
    expect(verdicts(comparison?.features ?? [])).toMatchObject({ prediction: "drift", label: "drift" });
    const loss = comparison?.loss;
    if (loss === undefined || loss.refused !== undefined) throw new Error(JSON.stringify(loss));
    expect(loss.fromScores.value + loss.fromCalibration.value).toBeCloseTo(loss.change.value, 12);
    expect(loss.fromCalibration.value).toBeGreaterThan(0.1);
    const far = await drift(reference, "--current", logOf({ 7: { shift: 50 } }), "--model", model);
    expect(far.document.comparisons[0]?.loss).toMatchObject({ refused: "no-overlap" });
    const unlabelled = logOf(week, { without: "clicked" });
    const blind = await drift(reference, "--current", unlabelled, "--model", model);
    expect(blind.document.comparisons[0]?.loss).toMatchObject({ refused: "no-column" });
    expect(verdicts(blind.document.comparisons[0]?.features ?? [])).toMatchObject({
      label: "no-column",
      prediction: "stable",
    });
  });
});

describe("as a gate", () => {
  it("drift exits 1, after the one document", async () => {
    const { code, stderr, document } = await drift(
      logOf(week),
      "--current",
      logOf(moved),
      "--fail-on",
      "drift",
    );
    expect(code).toBe(1);
    expect(document.summary["drift"]).toBe(2);
    expect(stderr).toContain("price (current), country (current)");
  });

  it("no drift exits 0; a larger effect may be asked for", async () => {
    const log = logOf(week);
    expect((await drift(log, "--current", logOf({ 4: {} }), "--fail-on", "drift")).code).toBe(0);
    const other = logOf(moved);
    const asked = await drift(log, "--current", other, "--fail-on", "drift", "--effect", "20");
    expect(asked.document.comparisons[0]?.features[0]?.verdict).toBe("minor");
  });

  it("nothing that can be judged has not passed: exit 3", async () => {
    const { code, stderr } = await drift(
      ...[logOf(week), "--current", logOf({ 4: { rows: 20 } }), "--fail-on", "drift"],
    );
    expect(code).toBe(3);
    expect(stderr).toContain("20 rows; 100 are needed");
  });
});

describe("bad input is one clear error", () => {
  it.each([
    [
      "two logs without a common column",
      () => [logOf(week), "--current", logOf(week, { rename: "x" })],
      "x_price",
    ],
    ["nothing to compare with", () => [logOf(week)], "--current LOGS"],
    [
      "two ways at once",
      () => [logOf(week), "--current", logOf(week), "--window", "1d"],
      "--current and --window",
    ],
    ["one window", () => [logOf(week), "--window", "30d"], "1 window"],
    ["thousands of windows", () => [logOf(week), "--window", "1s"], "2 to 1000 windows"],
    ["too many rows", () => [logOf(week), "--current", logOf(week), "--max-rows", "10"], "at most 10"],
    ["a log that is not there", () => [join(work, "nowhere"), "--current", logOf(week)], "nowhere"],
    ["zero rows", () => [logOf(week), "--current", logOf({})], "0 rows"],
    [
      "no time column",
      () => [logOf(week, { without: "shown_at" }), "--window", "1d"],
      'no column "shown_at"',
    ],
  ] as const)("%s", async (_, args, message) => {
    const { code, stderr, document } = await drift(...args());
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain("next:");
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(document).toMatchObject({ schema: "unbatch.error", exitCode: 2 });
  });

  it("too few rows, and a column that one log lacks, are refused by name and the rest is compared", async () => {
    const few = await drift(logOf(week), "--current", logOf({ 4: { rows: 99 } }));
    expect(few.code).toBe(0);
    expect(few.document.summary).toMatchObject({ refused: 4 });
    const lacking = await drift(logOf(week), "--current", logOf({ 4: {} }, { without: "country" }));
    expect(lacking.code).toBe(0);
    expect(verdicts(lacking.document.comparisons[0]?.features ?? [])).toEqual({
      price: "stable",
      country: "no-column",
      stable: "stable",
      label: "stable",
    });
  });

  it("options out of their range", async () => {
    for (const option of [
      ["--effect", "-1"],
      ["--false-discovery-rate", "1.5"],
      ["--fail-on", "minor"],
      ["--against", "next"],
    ])
      expect((await unbatch(["drift", "log", "--window", "1d", ...option])).code).toBe(2);
  });
});
