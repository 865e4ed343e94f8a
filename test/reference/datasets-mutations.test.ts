import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { dataFolder, describeWith } from "../support/external.js";
import { datasetsCheck } from "./checks/datasets.js";
import { unnoticedMutations } from "./mutations.js";

const WORDS = ["schema", "set", "seed", "script", "versions", "definitions"];
const NOT_COMPUTED = ["repository", "commit", "path", "format", "predictor", "prior", "label", "baseline"];

describeWith("UNBATCH_REFERENCE", "datasets.json with one expected number changed", (folder) => {
  it.skipIf(dataFolder() === undefined)("every kind of number is noticed", { timeout: 120_000 }, async () => {
    const document = JSON.parse(readFileSync(join(folder, "datasets.json"), "utf8")) as object;
    const { tried, kinds, unnoticed } = await unnoticedMutations(datasetsCheck, document, {
      isExpected: (path) =>
        !WORDS.includes(String(path[0])) && !path.some((key) => NOT_COMPUTED.includes(String(key))),
      perKind: 3,
      data: dataFolder(),
    });
    expect(unnoticed).toEqual([]);
    expect(kinds).toBeGreaterThan(40);
    expect(tried).toBeGreaterThan(kinds);
  });
});
