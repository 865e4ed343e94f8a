import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { type Converted, convert } from "../../src/convert/convert.js";
import { foldIn } from "../../src/convert/fold-in.js";
import { openCheckpoint } from "../../src/convert/open.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { columnOf, type ParityRows } from "../../src/convert/parity/rows.js";
import { plattScaling } from "../../src/convert/platt.js";
import { seededRandom } from "../../src/core/random.js";
import { openTree } from "../../src/io/files.js";
import { batchOf } from "../support/learner.js";
import { configOf } from "./checkpoints.js";

const FOLDER = "fixtures/made/als";
const json = <T>(name: string): T => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as T;
const golden = json<{
  pairs: [number, number][];
  scores: number[];
  alpha: number;
  reg: number;
  fold_in: { items: number[]; factors: number[] };
}>("golden.json");
const ids = json<{ user_ids: string[]; item_ids: string[] }>("ids.json");
const rowsOf = (list: readonly string[]): ReadonlyMap<string, number> =>
  new Map(list.map((id, row) => [id, row]));
const vocabularies = new Map([
  ["user", rowsOf(ids.user_ids)],
  ["item", rowsOf(ids.item_ids)],
]);
const CALIBRATION = { scale: 3.5, shift: -1.25 };

function convertAls(
  checkpoint: Checkpoint,
  plain: object = { checkpoint: { calibration: CALIBRATION } },
  rows: ReadonlyMap<string, ReadonlyMap<string, number>> = vocabularies,
): Converted {
  const features = ["user", "item"].map((name) => ({
    name,
    encoder: { kind: "vocabulary", key: `${name}s` },
  }));
  const config = configOf({ features, learner: { optimizer: { kind: "sgd", rate: 0.05 } }, ...plain });
  return convert(
    { checkpoint, config, vocabularies: rows, where: "als" },
    { slots: "exact", precision: "float64" },
  );
}

function goldenRows(users: (row: number) => string, items: (row: number) => string): ParityRows {
  const columns = new Map([
    ["user", columnOf(golden.pairs.map(([user]) => users(user)))],
    ["item", columnOf(golden.pairs.map(([, item]) => items(item)))],
  ]);
  return { kind: "golden", rows: golden.pairs.length, columns, golden: Float64Array.from(golden.scores) };
}

describe("an ALS", () => {
  it.each([
    [
      "implicit_als.npz",
      vocabularies,
      (row: number) => ids.user_ids[row] ?? "",
      (row: number) => ids.item_ids[row] ?? "",
    ],
    // Spark's ids are whole numbers, and its model holds them.
    ["spark_als_model", undefined, String, String],
  ] as const)(
    "%s: is recognised, and has the golden scores, calibrated",
    async (name, known, users, items) => {
      const checkpoint = await openCheckpoint(openTree(`${FOLDER}/${name}`));
      const own = new Map(
        ["user", "item"].map(
          (side) => [side, checkpoint.vocabularies.get(`${side}Factors`) ?? new Map()] as const,
        ),
      );
      const converted = convertAls(checkpoint, undefined, known ?? own);
      expect(converted.model.spec.family).toBe("als");
      expect(converted.model.spec.terms.map(({ kind }) => kind)).toEqual(["bias", "dot"]);
      const { report, worst } = compareScores(
        converted.source,
        converted.bound,
        converted.model,
        goldenRows(users, items),
        1e-5,
      );
      expect(report.rows).toBe(30);
      expect(report.maxAbsoluteDifference).toBeLessThan(1e-6);
      expect(worst.own).toBeCloseTo(3.5 * (golden.scores[report.at] ?? 0) - 1.25, 9);
      expect(Array.from(converted.model.tensors.get("bias/weight")?.values() ?? [], Number)).toEqual([-1.25]);
    },
  );

  it("is refused without a calibration, unless its scores are the numbers to predict", async () => {
    const checkpoint = await openCheckpoint(openTree(`${FOLDER}/implicit_als.npz`));
    expect(() => convertAls(checkpoint, {})).toThrow(/scores of ALS[\s\S]*--log LOGS/);
    const squared = convertAls(checkpoint, { model: { link: "squared", terms: [{ kind: "bias" }] } });
    expect(squared.bound.calibration).toMatchObject({ scale: 1, shift: 0 });
  });

  it("gives a new user the factors that training would have", async () => {
    const { model } = convertAls(await openCheckpoint(openTree(`${FOLDER}/implicit_als.npz`)));
    const { items, factors } = golden.fold_in;
    const batch = batchOf({
      labels: [...items.map(() => 1), 0, 1, 1],
      // A negative, an item that nobody knows, and a user who is known have no part in it.
      codes: { user: [...items.map(() => -1), -1, -1, 4], item: [...items, 50, -1, 9] },
      newIds: { user: ["newcomer"], item: ["unheard"] },
    });
    const newIds = new Map([
      ["user", ["newcomer"]],
      ["item", ["unheard"]],
    ]);
    const rule = {
      regularization: golden.reg,
      alpha: golden.alpha,
      confidence: "linear",
      regularize: "plain",
    } as const;
    const folded = foldIn(model, { batch, newIds }, rule, "user", CALIBRATION.scale);
    expect(folded.users).toBe(1);
    const vocabulary = folded.model.vocabularies.get("user");
    const row = vocabulary?.rows[vocabulary.ids.indexOf("newcomer")] ?? -1;
    expect(row).toBe(201);
    const found = Array.from(folded.model.tensors.get("dot/user/weight")?.values() ?? [], Number).slice(
      row * 16,
    );
    expect(found.length).toBe(factors.length);
    factors.forEach((factor, k) => {
      expect(Math.abs((found[k] ?? Number.NaN) / CALIBRATION.scale - factor)).toBeLessThan(1e-6);
    });
  });
});

describe("Platt scaling", () => {
  it("finds the scale and shift that made the labels", () => {
    const random = seededRandom(2);
    const scores = Array.from({ length: 20_000 }, () => random.normal());
    const labels = scores.map((score) => (random.uniform() < 1 / (1 + Math.exp(-(2.5 * score - 1))) ? 1 : 0));
    const { scale, shift } = plattScaling(scores, labels, "test");
    expect(Math.abs(scale - 2.5)).toBeLessThan(0.1);
    expect(Math.abs(shift + 1)).toBeLessThan(0.06);
    // At the least loss: no small change does better.
    const positives = labels.filter((label) => label === 1).length;
    const [high, low] = [(positives + 1) / (positives + 2), 1 / (20_000 - positives + 2)];
    const loss = (a: number, b: number): number =>
      scores.reduce((sum, score, row) => {
        const z = a * score + b;
        return sum + Math.log1p(Math.exp(z)) - (labels[row] === 1 ? high : low) * z;
      }, 0);
    for (const [a, b] of [
      [1e-3, 0],
      [-1e-3, 0],
      [0, 1e-3],
      [0, -1e-3],
    ] as const)
      expect(loss(scale + a, shift + b)).toBeGreaterThan(loss(scale, shift));
  });

  it("ends where scores part the labels, and is refused where they say nothing or the contrary", () => {
    const { scale } = plattScaling([0, 1, 2, 3], [0, 0, 1, 1], "test");
    expect(Number.isFinite(scale) && scale > 0).toBe(true);
    expect(() => plattScaling([0, 1], [1, 1], "test")).toThrow(/2 rows of which 2 are positive/);
    expect(() => plattScaling([0, 1, 2, 3], [1, 1, 0, 0], "test")).toThrow(/does not rise with the label/);
  });
});
