import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder, unbatch } from "../support/cli.js";
import { type SmallEvent, writeLog } from "./small-log.js";

const CUT_OFF_SECONDS = 3 * 86_400;

function log(change: (event: SmallEvent) => SmallEvent): SmallEvent[] {
  return Array.from({ length: 400 }, (_, id) =>
    change({
      id,
      at: id * 1500,
      user: `user ${(id * 7) % 23}`,
      item: `item ${(id * 11) % 17}`,
      price: ((id * 13) % 29) / 4,
      clicked: id % 3 === 0 ? 1 : 0,
    }),
  );
}

it("unbatch.yaml does not change when rows after the cut-off change, and does when one before it does", async () => {
  const folder = temporaryFolder();
  const propose = async (name: string, events: SmallEvent[]): Promise<string> => {
    const path = writeLog(join(folder, name), [events], 50);
    const out = join(folder, `${name}.yaml`);
    const { code, stderr } = await unbatch([
      "init",
      path,
      "--out",
      out,
      "--cut-off",
      "2024-01-04",
      "--quiet",
    ]);
    expect(code, stderr).toBe(0);
    return readFileSync(out, "utf8");
  };
  const original = await propose(
    "original",
    log((event) => event),
  );
  const later = log((event) =>
    event.at >= CUT_OFF_SECONDS
      ? { ...event, user: `new ${event.id}`, item: "other", price: 1e6, clicked: 1 }
      : event,
  );
  expect(later.filter(({ item }) => item === "other").length).toBeGreaterThan(100);
  expect(await propose("later", later)).toBe(original);
  const earlier = log((event) => (event.id === 5 ? { ...event, price: 1e6 } : event));
  expect(await propose("earlier", earlier)).not.toBe(original);
  expect(original).toContain("# choose");
});

it("a checkpoint that Adam trained is proposed to go on with Adam, at its own rate", async () => {
  const folder = temporaryFolder();
  const path = writeLog(join(folder, "log"), [log((event) => event)], 50);
  const out = join(folder, "adam.yaml");
  const checkpoint = "fixtures/made/pytorch_mf/recbole_like.pth";
  const { code, stderr } = await unbatch(["init", checkpoint, path, "--out", out, "--quiet"]);
  expect(code, stderr).toBe(0);
  expect(readFileSync(out, "utf8")).toContain(
    "  optimizer: { kind: adam, rate: 0.001 }  # guessed: lr of the",
  );
});
