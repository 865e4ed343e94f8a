import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { OpeBody } from "../../src/commands/ope/body.js";
import type { Figure } from "../../src/core/figure.js";
import { type Impression, ITEMS, impressions, truthOf, writeBanditLog } from "../support/bandit-log.js";
import { type Finished, temporaryFolder, unbatch } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

const work = temporaryFolder();
let made = 0;

const YAML = `
version: 1
log:
  time: shown_at
  label: clicked
  item: item
  position: position
  propensity: propensity
features:
  - { name: item, encoder: { kind: vocabulary } }
  - { name: position, encoder: { kind: identity, size: 3, outOfRange: reject } }
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [item, position] }
learner:
  optimizer: { kind: adagrad, rate: 0.1, initialAccumulator: 0.1 }
`;
const config = join(work, "unbatch.yaml");
writeFileSync(config, YAML);

const log = (change: (row: Impression) => Impression = (row) => row, count = 6000): string =>
  writeBanditLog(work, `log-${made++}`, impressions(count, 7).map(change));

function file(name: string, text: string): string {
  const path = join(work, `${made++}-${name}`);
  writeFileSync(path, text);
  return path;
}

const table = (probabilities: Readonly<Record<string, number>>): string =>
  file("policy.json", JSON.stringify(probabilities));

const mostlyE = { a: 0.1, b: 0.1, c: 0.1, d: 0.1, e: 0.6 };

async function ope(args: readonly string[], yaml = config): Promise<Finished> {
  return inProcess(["ope", ...args, "--config", yaml, "--json", "--quiet"]);
}

async function body(args: readonly string[], yaml?: string): Promise<OpeBody> {
  const { code, stdout, stderr } = await ope(args, yaml);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as OpeBody;
}

const figureOf = (found: OpeBody, name: string): Figure | undefined =>
  found.estimators.find(({ estimator }) => estimator === name)?.figure;

function estimateOf(found: OpeBody, name: string): number {
  const figure = figureOf(found, name);
  return figure !== undefined && "value" in figure ? figure.value : Number.NaN;
}

const codes = (found: OpeBody): string[] => found.refusals.map(({ refused }) => refused);

async function fails(args: readonly string[], yaml?: string): Promise<string> {
  const { code, stderr, stdout } = await ope(args, yaml);
  expect(code).toBe(2);
  expect(stderr).not.toMatch(/\n\s+at /);
  if (stdout !== "") expect(JSON.parse(stdout)).toMatchObject({ schema: "unbatch.error", exitCode: 2 });
  return stderr;
}

describe("unbatch ope, on a log whose truth is known", () => {
  it("the intervals hold the truth, and every estimator is near it", async () => {
    const found = await body([log(), "--policy-table", table(mostlyE), "--clip", "50"]);
    expect(codes(found)).toEqual([]);
    expect(found.rows).toMatchObject({ read: 6000, evaluated: 6000, rejected: 0 });
    const truth = truthOf(mostlyE);
    let held = 0;
    for (const { estimator, figure, intervals } of found.estimators) {
      if (estimator === "replay" || estimator === "sg-ipw") continue;
      expect(Math.abs(estimateOf(found, estimator) - truth), estimator).toBeLessThan(0.04);
      if (!("value" in figure) || figure.interval === undefined) continue;
      for (const { low, high } of [figure.interval, ...intervals]) {
        expect(low, estimator).toBeLessThan(truth);
        expect(high, estimator).toBeGreaterThan(truth);
        held += 1;
      }
    }
    expect(held).toBeGreaterThan(14);
    expect(found.diagnostics?.mean).toBeCloseTo(1, 1);
    expect(figureOf(found, "dm")).not.toHaveProperty("interval");
    expect(figureOf(found, "replay")).toMatchObject({ refused: "not-measured" });
  });

  it("one list for each position, and one for each event, as CSV", async () => {
    const path = log();
    const lines = ITEMS.flatMap((item) => [`1,${item},${item === "e" ? 1 : 0}`, `2,${item},0.2`]);
    const found = await body([
      path,
      "--policy-table",
      file("by-position.csv", `position,item,probability\n${lines.join("\n")}\n`),
    ]);
    expect(Math.abs(estimateOf(found, "ips") - (0.5 + 0.23 / 2) / 2)).toBeLessThan(0.06);

    const events = impressions(6000, 7).flatMap(({ id }) => [`${id},a,0.25`, `${id},e,0.75`]);
    const yaml = file("events.yaml", YAML.replace("item: item\n", "item: item\n  eventId: event_id\n"));
    const byEvent = file("by-event.csv", `event,item,probability\n${events.join("\n")}\n`);
    const perEvent = await body([path, "--policy-table", byEvent], yaml);
    const perItem = await body([path, "--policy-table", table({ a: 0.25, e: 0.75 })], yaml);
    expect(perEvent.estimators).toEqual(perItem.estimators);
    expect(await fails([path, "--policy-table", byEvent])).toContain("log.eventId");
    const short = file("short.csv", `event,item,probability\n${events.slice(0, 20).join("\n")}\n`);
    expect(await fails([path, "--policy-table", short], yaml)).toContain("no list for 5990 of 6000 rows");
  });

  it("candidates: a file, a column and those seen give the uniform policy alike", async () => {
    const path = log();
    const items = file("items.txt", `${ITEMS.join("\n")}\n`);
    const fromFile = await body([path, "--uniform", "--candidates", items]);
    const fromColumn = await body([path, "--uniform", "--candidates-column", "candidates"]);
    const seen = await body([path, "--uniform"]);
    expect(fromColumn.estimators).toEqual(fromFile.estimators);
    expect(Math.abs(estimateOf(seen, "ips") - estimateOf(fromFile, "ips"))).toBeLessThan(0.01);
    expect(seen.rows.withoutCandidates).toBeGreaterThan(0);
    expect(
      Math.abs(estimateOf(fromFile, "ips") - truthOf({ a: 0.2, b: 0.2, c: 0.2, d: 0.2, e: 0.2 })),
    ).toBeLessThan(0.03);
  });

  it("rows of one user are clusters, and a log that was sampled down is weighted", async () => {
    const path = log();
    const yaml = file("users.yaml", YAML.replace("item: item\n", "item: item\n  user: user\n"));
    const found = await body([path, "--policy-table", table(mostlyE)], yaml);
    expect(found.standardErrors).toBe("by user");
    const ips = found.estimators[0];
    expect(ips?.intervalBy).toBe("gaussian, by cluster");
    const weighted = file("weights.yaml", YAML.replace("item: item\n", "item: item\n  weight: position\n"));
    const byWeight = await body([path, "--policy-table", table(mostlyE)], weighted);
    // Position 2, at half the clicks, counts double.
    expect(Math.abs(estimateOf(byWeight, "ips") - truthOf(mostlyE) / 0.75 / 1.5)).toBeLessThan(0.05);
    expect(figureOf(byWeight, "cressie-read")).toMatchObject({ refused: "not-measured" });
  });

  it("groups of items: of one each mips is ips, of all it is the logged mean", async () => {
    const path = log();
    const probabilities = [0.3, 0.25, 0.2, 0.15, 0.1];
    const lines = ITEMS.flatMap((item, at) => [
      `${item},1,${probabilities[at]}`,
      `${item},2,${probabilities[ITEMS.length - 1 - at]}`,
    ]);
    const logging = file("logging.csv", `item,position,probability\n${lines.join("\n")}\n`);
    const grouped = async (groups: Readonly<Record<string, string>>): Promise<OpeBody> => {
      const rows = Object.entries(groups).map(([item, group]) => `${item},${group}`);
      const groupFile = file("groups.csv", `item,group\n${rows.join("\n")}\n`);
      const table_ = ["--policy-table", table(mostlyE), "--item-groups", groupFile];
      return body([path, ...table_, "--logging-table", logging]);
    };
    const apart = await grouped(Object.fromEntries(ITEMS.map((item) => [item, item])));
    expect(estimateOf(apart, "mips")).toBeCloseTo(estimateOf(apart, "ips"), 12);
    expect(estimateOf(apart, "snmips")).toBeCloseTo(estimateOf(apart, "snips"), 12);
    const unlisted = await grouped({ a: "first" });
    expect(estimateOf(unlisted, "mips")).toBeCloseTo(estimateOf(apart, "ips"), 12);
    const together = await grouped(Object.fromEntries(ITEMS.map((item) => [item, "all"])));
    expect(together.logged).toMatchObject({ rows: 6000 });
    const logged = "value" in together.logged ? together.logged.value : Number.NaN;
    expect(estimateOf(together, "mips")).toBeCloseTo(logged, 12);
    const groupFile = file("groups.csv", "item,group\na,x\n");
    const alone = [path, "--policy-table", table(mostlyE), "--item-groups", groupFile];
    expect(await fails(alone)).toContain("--item-groups alone");
    const wrong = file("wrong.json", JSON.stringify(mostlyE));
    expect(await fails([...alone, "--logging-table", wrong])).toContain("than the 0.");
  });

  it("the text begins with the diagnostics and names every estimator", async () => {
    const args = [log(), "--policy-table", table(mostlyE), "--config", config, "--quiet"];
    const { code, stdout } = await unbatch(["ope", ...args]);
    expect(code).toBe(0);
    for (const said of [
      "effective sample size",
      "mean weight",
      "each position on its own",
      "switch-dr",
      "holds for every n",
    ])
      expect(stdout).toContain(said);
    expect(stdout.indexOf("largest weight")).toBeLessThan(stdout.indexOf("snips"));
  });
});

describe("a model's policy", () => {
  it("greedy takes the best item, softmax and epsilon less; a log that it has learned is refused", async () => {
    const all = impressions(12_000, 9);
    const before = writeBanditLog(work, `before-${made++}`, all.slice(0, 6000));
    const after = writeBanditLog(work, `after-${made++}`, all.slice(6000));
    const run = join(work, `run-${made++}`);
    const fresh = join(work, `fresh-${made++}`);
    expect((await inProcess(["convert", "--config", config, "--out", fresh, "--quiet"])).code).toBe(0);
    const replayed = await inProcess(["replay", fresh, before, "--config", config, "--out", run, "--quiet"]);
    expect(replayed.stderr).toBe("");
    const model = ["--model", join(run, "model"), "--candidates-column", "candidates"];
    const greedy = await body([after, ...model, "--greedy"]);
    expect(codes(greedy)).toEqual([]);
    expect(Math.abs(estimateOf(greedy, "ips") - truthOf({ e: 1 }))).toBeLessThan(0.05);
    const best = await body([after, "--policy-table", table({ e: 1 })]);
    expect(estimateOf(greedy, "ips")).toBeCloseTo(estimateOf(best, "ips"), 12);
    const epsilon = await body([after, ...model, "--epsilon", "0.5"]);
    const half = await body([after, "--policy-table", table({ a: 0.1, b: 0.1, c: 0.1, d: 0.1, e: 0.6 })]);
    expect(estimateOf(epsilon, "dr")).toBeCloseTo(estimateOf(half, "dr"), 12);
    const hot = await body([after, ...model, "--softmax", "1000"]);
    const uniform = await body([after, "--uniform", "--candidates-column", "candidates"]);
    expect(estimateOf(hot, "snips")).toBeCloseTo(estimateOf(uniform, "snips"), 2);
    const softmax = await body([after, ...model, "--softmax", "0.5"]);
    expect(estimateOf(softmax, "ips")).toBeGreaterThan(estimateOf(hot, "ips"));
    expect(estimateOf(softmax, "ips")).toBeLessThan(estimateOf(greedy, "ips"));

    expect(codes(await body([before, ...model, "--greedy"]))).toContain("model-has-learned-the-log");
    const both = await body([before, after, ...model, "--greedy"]);
    expect(both.refusals[0]).toMatchObject({ refused: "model-has-learned-the-log" });
    const cut = new Date(Date.UTC(2024, 4, 1) + 3000 * 60_000).toISOString();
    const later = await body([before, after, ...model, "--greedy", "--from", cut]);
    expect(codes(later)).toEqual([]);
    expect(estimateOf(later, "ips")).toBeCloseTo(estimateOf(greedy, "ips"), 12);
    expect(await fails([after, ...model])).toContain("a model without a way to choose");
    expect(await fails([after, ...model, "--greedy", "--item-columns", "user"])).toContain("does not read");
  });
});

describe("a model that reads bags", () => {
  const item = "{ name: item, encoder: { kind: vocabulary } }";
  const yamlOf = (features: string, terms: string): string => {
    const [head = ""] = YAML.split("features:");
    const learner = YAML.slice(YAML.indexOf("learner:"));
    return file(
      "bags.yaml",
      `${head}features: [${features}]\nmodel: { terms: [{ kind: bias }, ${terms}] }\n${learner}`,
    );
  };
  const rows = impressions(9000, 9);
  const cut = new Date(Date.UTC(2024, 4, 1) + 3000 * 60_000).toISOString();

  /** What a policy of the model is worth after `cut`, of rows up to which it has learned; and the logs. */
  async function afterCut(
    list: readonly Impression[],
    yaml: string,
    args: readonly string[],
  ): Promise<{ found: OpeBody; logs: string[] }> {
    const [before = "", after = ""] = [list.slice(0, 6000), list.slice(6000)].map((part) =>
      writeBanditLog(work, `bags-${made++}`, part),
    );
    const [fresh, run] = [join(work, `fresh-${made++}`), join(work, `run-${made++}`)];
    for (const line of [
      ["convert", "--config", yaml, "--out", fresh, "--quiet"],
      ["replay", fresh, before, "--config", yaml, "--out", run, "--quiet"],
    ])
      expect((await inProcess(line)).stderr).toBe("");
    const model = ["--model", join(run, "model"), "--candidates-column", "candidates", "--from", cut];
    return { found: await body([before, after, ...model, ...args], yaml), logs: [before, after] };
  }

  it("of one value each is worth what the model of that value is", async () => {
    const terms = "{ kind: linear, features: [item] }, { kind: dot, left: user, right: item, width: 2 }";
    const values: number[] = [];
    for (const bag of ["", ', bag: { combine: mean, split: "|" }']) {
      const yaml = yamlOf(`${item}, { name: user, encoder: { kind: vocabulary }${bag} }`, terms);
      const { found } = await afterCut(rows, yaml, ["--softmax", "0.5"]);
      expect(codes(found)).toEqual([]);
      values.push(estimateOf(found, "ips"), estimateOf(found, "dr"));
    }
    const [ips, dr, ...ofBags] = values;
    expect(ofBags).toEqual([ips, dr]);
    expect(ips).toBeGreaterThan(0.1);
  });

  it("that are the item's own go with each candidate", async () => {
    // An item's words: its own, and one that all share.
    const worded = rows.map((row) => ({ ...row, slate: `${row.item}|word` }));
    const bag = 'bag: { combine: sum, split: "|" }';
    const tags = `{ name: tags, column: slate, encoder: { kind: vocabulary }, ${bag} }`;
    const yaml = yamlOf(`${item}, ${tags}`, "{ kind: linear, features: [tags] }");
    const { found, logs } = await afterCut(worded, yaml, ["--greedy", "--item-columns", "slate"]);
    expect(codes(found)).toEqual([]);
    const best = await body([...logs, "--policy-table", table({ e: 1 }), "--from", cut]);
    expect(estimateOf(found, "ips")).toBeCloseTo(estimateOf(best, "ips"), 12);
  });

  it("of the item's own column is refused: nobody says what bag a candidate would be", async () => {
    const bag = '{ name: item, encoder: { kind: vocabulary }, bag: { combine: sum, split: "|" } }';
    const yaml = yamlOf(bag, "{ kind: linear, features: [item] }");
    const fresh = join(work, `fresh-${made++}`);
    expect((await inProcess(["convert", "--config", yaml, "--out", fresh, "--quiet"])).code).toBe(0);
    const args = [log(), "--model", fresh, "--candidates-column", "candidates", "--greedy"];
    expect(await fails(args, yaml)).toContain("feature item, which weighs the item's column");
  });
});

describe("a policy that keeps learning", () => {
  const learns = async (path: string, args: readonly string[], yaml = config): Promise<OpeBody> => {
    const fresh = join(work, `fresh-${made++}`);
    expect((await inProcess(["convert", "--config", yaml, "--out", fresh, "--quiet"])).code).toBe(0);
    return body([path, "--model", fresh, "--candidates-column", "candidates", ...args], yaml);
  };

  it("is the sequence of models that the log taught, with a martingale's interval", async () => {
    const path = log();
    const before = await learns(path, ["--greedy"]);
    const after = await learns(path, ["--greedy", "--keeps-learning"]);
    const uniform = await body([path, "--uniform", "--candidates-column", "candidates"]);
    // What has learned nothing scores every item alike; ties share.
    expect(estimateOf(before, "ips")).toBeCloseTo(estimateOf(uniform, "ips"), 12);
    expect(estimateOf(after, "ips")).toBeGreaterThan(truthOf({ d: 1 }));
    expect(after.lessons).toEqual({ taughtBy: "this log", learned: 5998 });
    const [ips, ...others] = after.estimators;
    expect(ips?.intervalBy).toBe("confidence-sequence");
    expect(others.length).toBeGreaterThan(10);
    for (const { figure, intervals } of others) {
      expect(intervals).toEqual([]);
      if ("value" in figure) expect(figure).not.toHaveProperty("interval");
    }
    const never = await learns(path, ["--greedy", "--keeps-learning", "--publish-every", "1000d"]);
    expect(estimateOf(never, "ips")).toBeCloseTo(estimateOf(before, "ips"), 12);
  });

  it("knows nothing of a row before it is shown: another last reward moves that row's term alone", async () => {
    const last = 1999;
    const value = async (clicked: number): Promise<OpeBody> =>
      learns(
        log((row) => (row.id === last ? { ...row, clicked, item: "e" } : row), 2000),
        ["--softmax", "1", "--keeps-learning", "--min-ess", "1"],
      );
    const [none, one] = [await value(0), await value(1)];
    const computed = (found: OpeBody): number => found.estimators[0]?.computed?.value ?? Number.NaN;
    const weight = (computed(one) - computed(none)) * 2000;
    expect(weight).toBeGreaterThan(0);
    expect(one.diagnostics?.sum).toBe(none.diagnostics?.sum);
    expect(one.diagnostics?.sumOfSquares).toBe(none.diagnostics?.sumOfSquares);
  });

  it("a closed loop learns what it would have drawn itself, and says what that assumes", async () => {
    const path = log();
    const found = await learns(path, ["--epsilon", "0.2", "--closed-loop"]);
    const { taughtBy, learned = 0, accepted = 0, acceptanceRate = 0 } = found.lessons ?? {};
    expect(taughtBy).toBe("closed loop");
    // The least propensity is .1: one row in ten is accepted, whatever the policy.
    expect(Math.abs(acceptanceRate - 0.1)).toBeLessThan(0.02);
    expect(accepted).toBe(Math.round(acceptanceRate * 6000));
    expect(learned).toBeGreaterThan(0.95 * accepted);
    expect(learned).toBeLessThanOrEqual(accepted);
    expect(found.notes.join(" ")).toContain("assumes no drift");
    expect(estimateOf(found, "ips")).toBeGreaterThan(truthOf({ c: 1 }));
    const again = await learns(path, ["--epsilon", "0.2", "--closed-loop"]);
    expect(again.estimators).toEqual(found.estimators);
    expect(await fails([path, "--uniform", "--closed-loop"])).toContain("without --model");
  });
});

describe("refusals: exit 0, with a code and what would help", () => {
  const policy = (): string[] => ["--policy-table", table(mostlyE)];

  it("no propensities: the direct method alone is left", async () => {
    const yaml = file("without.yaml", YAML.replace("  propensity: propensity\n", ""));
    const found = await body([log(), ...policy()], yaml);
    expect(codes(found)).toEqual(["no-propensities"]);
    expect(found.diagnostics).toBeNull();
    expect(figureOf(found, "ips")).toMatchObject({ refused: "no-propensities" });
    expect(Math.abs(estimateOf(found, "dm") - truthOf(mostlyE))).toBeLessThan(0.05);
  });

  it("propensities that are missing, zero or above 1", async () => {
    for (const wrong of [Number.NaN, 0, -0.1, 1.5]) {
      const path = log((row) => (row.id === 70 ? { ...row, propensity: wrong } : row));
      const found = await body([path, ...policy()]);
      expect(codes(found)).toEqual(["propensity-invalid"]);
      expect(found.refusals[0]?.reason).toContain("row 70");
      expect(found.refusals[0]?.reason).toContain("1 of 6000");
    }
  });

  it("propensities that are half of what they were: the mean weight is off", async () => {
    const found = await body([log((row) => ({ ...row, propensity: row.propensity / 2 })), ...policy()]);
    expect(codes(found)).toEqual(["mean-weight-off"]);
    expect(figureOf(found, "snips")).toMatchObject({ refused: "mean-weight-off" });
    expect(estimateOf(found, "dm")).toBeGreaterThan(0);
    const even = await body([
      log((row) => ({ ...row, propensity: 0.1 })),
      "--uniform",
      "--candidates-column",
      "candidates",
    ]);
    expect(codes(even)).toEqual(["mean-weight-off"]);
  });

  it("a policy that never does what was logged, and one whose actions saw too little", async () => {
    expect(codes(await body([log(), "--policy-table", table({ x: 1 })]))).toEqual(["no-overlap"]);
    const short = log((row) => row, 100);
    expect(codes(await body([short, "--policy-table", table({ e: 1 })]))).toContain("low-ess");
    expect(codes(await body([short, ...policy(), "--min-ess", "5"]))).toContain("few-positives");
    const never = log((row) => ({ ...row, clicked: 0 }));
    expect(codes(await body([never, ...policy()]))).toEqual(["few-positives"]);
  });

  it("every term alike: a standard error of 0 is no certainty", async () => {
    const path = log((row) => ({ ...row, clicked: 1, propensity: 0.2 }));
    const found = await body([path, "--uniform", "--candidates-column", "candidates"]);
    expect(codes(found)).toEqual([]);
    expect(figureOf(found, "ips")).toMatchObject({ refused: "zero-standard-error" });
  });

  it("probabilities that do not sum to 1, or are none", async () => {
    for (const wrong of [{ a: 0.5, b: 0.4 }, { a: 1.5, b: -0.5 }, { a: 1.2 }]) {
      const found = await body([log(), "--policy-table", table(wrong)]);
      expect(codes(found)[0]).toBe("probabilities-do-not-sum");
      expect(figureOf(found, "dm")).toMatchObject({ refused: "probabilities-do-not-sum" });
    }
  });

  it("a logged action that is no candidate", async () => {
    const items = file("some.txt", "a\nb\nc\nd\n");
    const found = await body([log(), "--uniform", "--candidates", items]);
    expect(codes(found)[0]).toBe("action-not-a-candidate");
    expect(found.refusals[0]?.reason).toContain('"e"');
    const path = log((row) => (row.id === 9 ? { ...row, candidates: "z,y" } : row));
    const column = await body([path, "--uniform", "--candidates-column", "candidates"]);
    expect(column.refusals[0]?.reason).toContain("in 1 of 6000 rows");
  });

  it("rows that are there twice, and whole slates", async () => {
    const rows = impressions(3000, 7);
    const path = writeBanditLog(work, `twice-${made++}`, [...rows, ...rows.slice(0, 40)]);
    const found = await body([path, ...policy(), "--user", "user"]);
    expect(codes(found)).toEqual(["duplicate-events"]);
    expect(found.refusals[0]?.reason).toContain("40 rows repeat");
    expect(codes(await body([path, ...policy(), "--group", "slate"]))).toEqual(["duplicate-events"]);
    expect(codes(await body([log(), ...policy(), "--position-model", "slate"]))[0]).toBe("whole-slate");
  });

  it("nothing left to evaluate", async () => {
    const found = await body([log(), ...policy(), "--from", "2030-01-01"]);
    expect(codes(found)[0]).toBe("no-rows");
    expect(found.rows).toMatchObject({ outside: 6000, evaluated: 0 });
    for (const { figure } of found.estimators) expect(figure).toHaveProperty("refused");
  });
});

describe("bad input: exit 2, one clear error", () => {
  it("no policy, two, or one that is not there", async () => {
    expect(await fails([log()])).toContain("no policy to evaluate");
    expect(await fails([log(), "--uniform", "--policy-table", "x.csv"])).toContain("2 policies");
    expect(await fails([log(), "--uniform", "--greedy"])).toContain("without --model");
    expect(await fails([log(), "--policy-table", join(work, "nowhere.csv")])).toContain("nowhere.csv");
    expect(await fails([log(), "--model", join(work, "nowhere"), "--greedy"])).toContain("no model.json");
  });

  it("tables that cannot be read", async () => {
    const bad: [string, string, string][] = [
      ["policy.csv", "item,probability\na,lots\n", 'probability "lots"'],
      ["policy.csv", "item,probability\na,0.5\na,0.5\n", 'item "a" twice'],
      ["policy.csv", "item,probability\na\n", "1 cells in line 2"],
      ["policy.csv", "1,0.5\n2,0.5\n", "numbers in the first line"],
      ["policy.csv", "item,probability\n", "no rows"],
      ["policy.csv", "thing,chance,other\na,1,2\n", 'no column "item"'],
      ["policy.json", "{", "JSON"],
      ["policy.json", '[{"item":"a","probability":null}]', "probability null"],
      ["policy.txt", "a 1", "a file of no known kind"],
    ];
    for (const [name, text, said] of bad) {
      expect(await fails([log(undefined, 50), "--policy-table", file(name, text)]), text).toContain(said);
    }
  });

  it("columns that are missing or of another kind, and options out of range", async () => {
    const policy = ["--policy-table", table(mostlyE)];
    expect(await fails([log(), ...policy, "--propensity", "propensty"])).toContain('"propensity"?');
    expect(await fails([log(), ...policy, "--propensity", "user"])).toContain("of texts");
    expect(await fails([log(), "--uniform", "--candidates-column", "nothing"])).toContain(
      'no column "nothing"',
    );
    expect(await fails([log(), "--uniform", "--candidates", join(work, "none.txt")])).toContain("none.txt");
    expect(await fails([log(), ...policy, "--confidence", "95"])).toContain("between 0 and 1");
    expect(await fails([log(), ...policy, "--position-model", "cascade"])).toContain("each, slate");
    const bare = file("bare.yaml", YAML.replace("  item: item\n", ""));
    expect(await fails([log(), ...policy], bare)).toContain("log.item in unbatch.yaml, or --item");
    const empty = log((row) => (row.id === 3 ? { ...row, candidates: "" } : row));
    expect(await fails([empty, "--uniform", "--candidates-column", "candidates"])).toContain("an empty list");
  });
});
