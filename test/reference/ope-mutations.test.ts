import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { dataFolder, describeWith } from "../support/external.js";
import type { Check } from "./check.js";
import { obdCheck } from "./checks/obd.js";
import { opeCheck } from "./checks/ope.js";
import { numbersBelow, sampled, withOneChanged } from "./mutate.js";
import { Tally } from "./tally.js";

/** Under `expected` but input: what to compute, not what came out. */
const INPUTS: ReadonlySet<string> = new Set([
  ...["lambda", "delta", "alpha", "n_bootstrap_samples", "random_states", "x_max_given"],
  ...["action_embed", "rmin", "rmax", "wmin_given", "wmax_given"],
]);

const PLACES = 25;

async function missesOf(check: Check, document: unknown): Promise<number> {
  const tally = new Tally();
  await check.run(document, tally, process.env["UNBATCH_DATA"]);
  return tally.out.length;
}

describeWith("UNBATCH_REFERENCE", "one changed number of ope.json", (folder) => {
  it("is found, wherever it stands", { timeout: 120_000 }, async () => {
    const { cases } = JSON.parse(readFileSync(join(folder, "ope.json"), "utf8")) as {
      cases: { expected: unknown }[];
    };
    let changed = 0;
    for (const one of cases) {
      expect(await missesOf(opeCheck, { cases: [one] })).toBe(0);
      const places = numbersBelow(one.expected, INPUTS);
      expect(places.length).toBeGreaterThan(300);
      for (const place of sampled(places, PLACES)) {
        const document = { cases: [{ ...one, expected: withOneChanged(one.expected, place) }] };
        expect(await missesOf(opeCheck, document), place.join(".")).toBeGreaterThan(0);
        changed += 1;
      }
    }
    expect(changed).toBeGreaterThan(90);
  });
});

describeWith("UNBATCH_REFERENCE", "one changed number of obd.json", (folder) => {
  it.skipIf(dataFolder() === undefined)("is found, wherever it stands", { timeout: 120_000 }, async () => {
    const document: unknown = JSON.parse(readFileSync(join(folder, "obd.json"), "utf8"));
    const misses = async (changed: unknown): Promise<number> => {
      const tally = new Tally();
      await obdCheck.run(changed, tally, dataFolder());
      return tally.out.length;
    };
    expect(await misses(document)).toBe(0);
    const places = numbersBelow(document, new Set(["seed", "item_scores", "versions"]));
    expect(places.length).toBeGreaterThan(300);
    for (const place of sampled(places, 60)) {
      expect(await misses(withOneChanged(document, place)), place.join(".")).toBeGreaterThan(0);
    }
  });
});
