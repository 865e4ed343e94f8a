import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ReplayResult } from "../../src/replay/replay-result.js";
import { temporaryFolder } from "../support/cli.js";
import { parseDocument } from "../support/documents.js";
import { FAMILIES, yamlOf } from "../support/families.js";
import { inProcess } from "../support/in-process.js";
import { clusteredEvents } from "../support/positives.js";
import { type SmallEvent, writeLog } from "./small-log.js";

const EVENTS = 1200;
const folder = temporaryFolder();
const events = clusteredEvents(EVENTS, 11).map(({ id, user, item, price }): SmallEvent => {
  // Two events at each instant, and some labels that become known after later events were shown.
  return { id, at: 600 * (id >> 1), user: `${user}|u${id % 7}`, item, price, clicked: id % 3 === 0 ? 0 : 1 };
});
/** The same events in the same order: one file in one row group, and files that are cut where row groups are not. */
const whole = writeLog(join(folder, "whole"), [events], EVENTS);
const cut = writeLog(
  join(folder, "cut"),
  [events.slice(0, 1), events.slice(1, 700), events.slice(700, 701), events.slice(701)],
  37,
);

/** One thread and the whole file are first; the others must end in its bits. */
const WAYS: readonly (readonly string[])[] = [
  [whole, "--threads", "1"],
  [whole, "--threads", "1"],
  [whole, "--threads", "2"],
  [whole, "--threads", "1", "--rows-at-once", "1"],
  [whole, "--threads", "2", "--rows-at-once", "7"],
  [whole, "--threads", "1", "--rows-at-once", "1000"],
  [whole, "--threads", "2", "--rows-at-once", "65536"],
  [cut, "--threads", "1"],
  [cut, "--threads", "2", "--rows-at-once", "7"],
];

describe("SHA-256 of the state after a replay is the same for threads, read chunks, files and repeats", () => {
  const digests = new Set<string>();

  it.each(FAMILIES)("$name", async (family) => {
    const { name, kernel } = family;
    const config = join(folder, "unbatch.yaml");
    const model = join(folder, "model");
    writeFileSync(config, yamlOf(family));
    await done("convert", "--config", config, "--out", model, "--force");
    const found: { digest: string; figures: unknown }[] = [];
    for (const way of WAYS) {
      const out = join(folder, "run");
      const text = await done("replay", model, ...way, "--config", config, "--out", out, "--force", "--json");
      const {
        windows,
        overall,
        ledger,
        kernel: used,
      } = parseDocument(text, "replay") as unknown as ReplayResult;
      expect(used).toBe(kernel);
      expect(ledger.learned).toBeGreaterThan(EVENTS / 2);
      const state = readFileSync(join(out, "model", "state.safetensors"));
      const digest = createHash("sha256").update(state).digest("hex");
      found.push({ digest, figures: { windows, overall, ledger } });
    }
    expect(found.length).toBe(WAYS.length);
    for (const [at, one] of found.entries()) expect(one, `${name}: ${WAYS[at]?.join(" ")}`).toEqual(found[0]);
    expect(digests).not.toContain(found[0]?.digest);
    digests.add(found[0]?.digest ?? "");
  });
});

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inProcess([...args, "--quiet"]);
  expect(code, stderr).toBe(0);
  return stdout;
}
