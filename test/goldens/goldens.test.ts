import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { dataFolder, describeWith } from "../support/external.js";
import { tableIn } from "./document.js";
import type { Golden } from "./golden.js";
import { madeGoldens, publishedGoldens } from "./list.js";
import { lineOf, type Row, rowsOf, tableOf } from "./table.js";
import { reasonWithout } from "./without.js";

const MADE = "fixtures/made";
const document = (): string[] => tableIn(readFileSync("docs/formats.md", "utf8"));
const count = (rows: readonly Row[], outcome: Row["outcome"]): number =>
  rows.filter((row) => row.outcome === outcome).length;

/** What holds of a folder's files; `rows` is called when they are there. */
function expectHeld(rows: () => readonly Row[], goldens: readonly Golden[]): void {
  it.each(goldens.map((golden) => [golden.file, golden.against, golden] as const))(
    "%s: %s",
    (file, _, golden) => {
      const row = rows().find((one) => one.file === file);
      const proof = row?.proofs.find((one) => one.golden === golden)?.proof;
      expect(proof?.compared).toBeGreaterThan(0);
      expect(proof?.difference).toBeLessThanOrEqual(golden.tolerance);
    },
  );

  it("every file that is read has a parity figure or a reason why there is none, and no refusal is held to a golden", () => {
    for (const { file, outcome, proofs } of rows()) {
      const isProved = proofs.length > 0;
      if (outcome === "read")
        expect([file, isProved || reasonWithout(file) !== undefined]).toEqual([file, true]);
      else expect([file, isProved]).toEqual([file, false]);
    }
  });

  it("docs/formats.md says of each what was found", () => {
    const lines = document();
    for (const row of rows()) expect(lines).toContain(lineOf(row));
  });
}

describe("files of fixtures/made", () => {
  const goldens = madeGoldens(MADE);
  let rows: Row[] = [];
  beforeAll(async () => {
    rows = await rowsOf([MADE], goldens);
  }, 120_000);
  expectHeld(() => rows, goldens);

  it("are all seen", () => {
    expect(count(rows, "read")).toBeGreaterThanOrEqual(51);
    expect(count(rows, "refused")).toBeGreaterThanOrEqual(17);
    expect(goldens.length).toBeGreaterThanOrEqual(55);
  });
});

describeWith("UNBATCH_REFERENCE", "files that other projects published, in UNBATCH_DATA", (reference) => {
  const data = dataFolder();
  if (data === undefined) {
    it.skip("(set UNBATCH_DATA to run)", () => {});
    return;
  }
  const goldens = publishedGoldens(`${data}/checkpoints`, reference);
  let rows: Row[] = [];
  beforeAll(async () => {
    rows = await rowsOf([`${data}/checkpoints`], goldens);
  }, 300_000);
  expectHeld(() => rows, goldens);

  it("are all seen, and with those of fixtures/made are the table", async () => {
    expect(count(rows, "read") + count(rows, "refused")).toBe(66);
    expect(goldens.length).toBeGreaterThanOrEqual(28);
    const made = await rowsOf([MADE], madeGoldens(MADE));
    expect(document()).toEqual(tableOf([...made, ...rows]));
  });
});
