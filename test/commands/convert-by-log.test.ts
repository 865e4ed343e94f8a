import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { convertCommand } from "../../src/commands/convert.js";
import { openModel } from "../../src/commands/open-inputs.js";
import { seededRandom } from "../../src/core/random.js";
import type { OnlineModel } from "../../src/model/model.js";
import { writeParquet } from "../support/parquet.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unbatch-by-log-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

const at = (name: string): string => join(folder, name);
const MADE = resolve("fixtures/made");
const DAY = 86_400;
const START = 1_700_006_400;

/** Ten days of clicks at the rates that `rate` gives; ids as the fixtures have them. */
function writeLog(
  userIds: readonly string[],
  itemIds: readonly string[],
  rate: (user: number, item: number) => number,
): void {
  const random = seededRandom(4);
  const below = (count: number): number => Math.floor(random.uniform() * count);
  const rows = Array.from({ length: 4000 }, (_, row) => {
    const [user, item] = [below(userIds.length), below(itemIds.length)];
    return {
      user: userIds[user] ?? "",
      item: itemIds[item] ?? "",
      label: random.uniform() < rate(user, item) ? 1 : 0,
      time: BigInt(START + Math.floor((row * 10 * DAY) / 4000)),
    };
  });
  writeParquet(at("log.parquet"), [
    { name: "user_id", data: rows.map(({ user }) => user), type: "STRING" },
    { name: "item_id", data: rows.map(({ item }) => item), type: "STRING" },
    { name: "label", data: rows.map(({ label }) => label), type: "INT32" },
    { name: "time", data: rows.map(({ time }) => time), type: "INT64" },
  ]);
}

function configure(encoders: readonly [string, string], more: string): void {
  const feature = (name: string, encoder: string): string =>
    `  - { name: ${name}, column: ${name}_id, encoder: { kind: vocabulary, ${encoder} } }\n`;
  writeFileSync(
    at("unbatch.yaml"),
    `version: 1\nlog: { time: { column: time, unit: s }, label: label, user: user_id, item: item_id }\nfeatures:\n${feature("user", encoders[0])}${feature("item", encoders[1])}${more}`,
  );
}

/** In this process, since commands that start one take seconds. */
async function run(
  ...args: string[]
): Promise<{ notes: string[]; slots: { mode: string }; assumed: string[] }> {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const options = [
    "--config",
    at("unbatch.yaml"),
    "--log",
    at("log.parquet"),
    "--out",
    at("model"),
    "--force",
    "--quiet",
    "--json",
  ];
  await convertCommand().parseAsync([...args, ...options], { from: "user" });
  return JSON.parse(written.join("")) as { notes: string[]; slots: { mode: string }; assumed: string[] };
}

const weightsOf = (model: OnlineModel, table: string): number[] =>
  Array.from(model.tensors.get(`${table}/weight`)?.values() ?? [], Number);

describe("convert with rows before the cut-off", () => {
  const CUT = 'compare: { start: "2023-11-20", policies: [{ name: online, kind: online }] }\n';
  const ids = JSON.parse(readFileSync(`${MADE}/als/ids.json`, "utf8")) as {
    user_ids: string[];
    item_ids: string[];
  };
  const items = new Map(ids.item_ids.map((id, row) => [id, row]));

  it("begins the optimizer's memory as loses least on them, and says what the others lost", async () => {
    copyFileSync(`${MADE}/pytorch_mf/checkpoint.pt`, at("checkpoint.pt"));
    const vocabulary = JSON.parse(readFileSync(`${MADE}/pytorch_mf/vocab.json`, "utf8")) as Record<
      string,
      Record<string, number>
    >;
    // Nothing that the checkpoint knows: the memory that learns fastest wins.
    writeLog(
      Object.keys(vocabulary["user2id"] ?? {}).slice(0, 20),
      Object.keys(vocabulary["item2id"] ?? {}).slice(0, 20),
      (user) => (user % 2 === 0 ? 0.9 : 0.1),
    );
    configure(["key: user2id", "key: item2id"], `checkpoint: { training: { batchSize: 64 } }\n${CUT}`);
    const chosen = await run(at("checkpoint.pt"));
    const [note = ""] = chosen.notes;
    expect(note).toMatch(
      /^slots fresh: mean loss 0\.\d+, against exact 0\.\d+, rescaled 0\.\d+ on 2\d{3} rows before compare.start$/,
    );
    const losses = [...note.matchAll(/0\.\d{5}/g)].map(([loss]) => Number(loss));
    expect(losses.length).toBe(3);
    expect(losses[0]).toBe(Math.min(...losses));
    expect(chosen.slots.mode).toBe("fresh");

    const told = await run(at("checkpoint.pt"), "--slots", "rescaled");
    expect(told.slots.mode).toBe("rescaled");
    expect(JSON.stringify(told.slots)).toMatch(
      /rows by 64\^2, \d+ that a batch holds oftener than once as 2\d{3} rows before the cut-off had it/,
    );

    configure(["key: user2id", "key: item2id"], "");
    const without = await run(at("checkpoint.pt"));
    expect([without.slots.mode, without.notes[0]]).toEqual([
      "exact",
      expect.stringContaining("to choose by your own log"),
    ]);
  });

  it("calibrates an ALS, and folds in the users that it does not hold", async () => {
    copyFileSync(`${MADE}/als/implicit_als.npz`, at("als.npz"));
    copyFileSync(`${MADE}/als/ids.json`, at("ids.json"));
    writeFileSync(
      at("users.json"),
      JSON.stringify(Object.fromEntries(ids.user_ids.map((id, row) => [id, row]))),
    );
    writeFileSync(at("items.json"), JSON.stringify(Object.fromEntries(items)));
    const golden = JSON.parse(readFileSync(`${MADE}/als/golden.json`, "utf8")) as {
      top10: Record<string, [number, number][]>;
    };
    const liked = new Set((golden.top10["0"] ?? []).map(([item]) => item));
    // The first user's favourites are clicked more, by the first user and by a newcomer.
    const users = [ids.user_ids[0] ?? "", "newcomer"];
    const shown = [...liked, 5, 6, 7, 8, 9, 10].map((item) => ids.item_ids[item] ?? "");
    writeLog(users, shown, (_, item) => (item < liked.size ? 0.7 : 0.1));
    const foldIn = "foldIn: { regularization: 0.05, alpha: 20 }";
    configure(
      ["file: users.json", "file: items.json"],
      `checkpoint: { ${foldIn} }\nlearner: { optimizer: { kind: sgd, rate: 0.01 } }\n${CUT}`,
    );
    const { notes } = await run(at("als.npz"));
    expect(notes[0]).toMatch(
      /^scale [\d.]+ and shift -?[\d.]+ by Platt scaling on 2\d{3} rows before compare.start$/,
    );
    expect(notes[1]).toMatch(/^1 users that the checkpoint does not hold folded in/);
    const { model } = await openModel(at("model"));
    const vocabulary = model.vocabularies.get("user");
    const row = vocabulary?.rows[vocabulary.ids.indexOf("newcomer")] ?? -1;
    const vectors = weightsOf(model, "dot/user").slice(row * 16, row * 16 + 16);
    const itemVectors = weightsOf(model, "dot/item");
    const score = (item: number): number =>
      vectors.reduce((sum, x, k) => sum + x * (itemVectors[item * 16 + k] ?? 0), 0);
    const favourites = [...liked].map(score);
    const others = [5, 6, 7, 8, 9, 10].filter((item) => !liked.has(item)).map(score);
    expect(Math.min(...favourites)).toBeGreaterThan(Math.max(...others) - 1);
    expect(favourites.reduce((a, b) => a + b) / favourites.length).toBeGreaterThan(
      others.reduce((a, b) => a + b) / others.length + 1,
    );
  });
});
