import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FeatureSpec, ModelSpec, TermSpec } from "../../src/core/model-spec.js";
import type { Tensor } from "../../src/core/tensor.js";
import type { Vocabulary } from "../../src/core/vocabulary.js";
import { arrowVocabulary } from "../../src/io/arrow.js";
import { encodeModel } from "../../src/model/folder.js";
import { matchTables } from "../../src/model/match-tables.js";
import type { OnlineModel } from "../../src/model/model.js";
import { temporaryFolder, unbatch } from "../support/cli.js";

const WIDTH = 2;
const IDS = ["ann", "bob", "cem", "dot", "eve"];

interface Options {
  terms?: readonly TermSpec[];
  /** Ids in the order of their rows; row 0 is that of unknown ids. */
  users?: readonly string[];
  vectorOf?(id: string): readonly number[];
  buckets?: number;
}

const dotTerm: TermSpec = { kind: "dot", name: "dot", left: "user", right: "item", width: WIDTH };

function vectorOf(id: string): number[] {
  const place = IDS.indexOf(id) + 1;
  return [place, 1 / place];
}

/** Users by vocabulary, items by hash. */
function modelOf(options: Options = {}): OnlineModel {
  const { users = IDS, buckets = 6, terms = [dotTerm] } = options;
  const features: FeatureSpec[] = [
    { name: "user", column: "user", encoder: { kind: "vocabulary", unknown: { rule: "grow", row: 0 } } },
    { name: "item", column: "item", encoder: { kind: "hash", buckets, function: "farmhash64" } },
  ];
  const spec: ModelSpec = {
    family: "test",
    features,
    terms,
    learner: {
      link: "logistic",
      optimizers: Object.fromEntries(
        terms.map(({ name }) => [name, { kind: "sgd", rate: 0.1, l2: 0 } as const]),
      ),
      batchSize: 1,
      precision: "float64",
      seed: 0,
    },
    newRows: {},
  };
  const user: Vocabulary = {
    ids: users,
    rows: Int32Array.from(users, (_, index) => index + 1),
    counts: new Float64Array(users.length),
  };
  const userRows = [[99, 99], ...users.map(options.vectorOf ?? vectorOf)];
  const itemRows = Array.from({ length: buckets }, (_, row) => [row + 1, row * row]);
  const tensors = new Map([
    ["dot/user/weight", tensorOf("dot/user/weight", userRows)],
    ["dot/item/weight", tensorOf("dot/item/weight", itemRows)],
  ]);
  return { spec, vocabularies: new Map([["user", user]]), tensors };
}

function tensorOf(name: string, rows: readonly (readonly number[])[]): Tensor {
  const values = Float64Array.from(rows.flat());
  return { name, shape: [rows.length, WIDTH], dtype: "float64", values: () => values };
}

const work = temporaryFolder();
let made = 0;

function written(model: OnlineModel): string {
  const folder = join(work, `model-${made++}`);
  const record = { writtenBy: "test", source: { kind: "log" }, tensors: [] } as const;
  for (const [name, bytes] of encodeModel(model, arrowVocabulary, record)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
}

interface Report {
  schema: string;
  version: number;
  tables: {
    table: string;
    matchedRows: number;
    onlyBefore: number;
    onlyAfter: number;
    shareUntouched: { value: number };
    normGrowth: { value: number };
    moved: { angleDegrees: { median: { value: number } } };
    movedAfterAlignment: { angleDegrees: { largest: { value: number } } };
    neighbourOverlap: { value: number };
  }[];
  unmatched: { table: string; why: string }[];
  downstream: string[];
}

async function report(before: OnlineModel, after: OnlineModel): Promise<Report> {
  const { code, stdout, stderr } = await unbatch([
    ...["stability", written(before), written(after), "--neighbours", "2", "--json"],
  ]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Report;
}

describe("unbatch stability", () => {
  it("matches ids wherever their rows stand: the same vectors in another order did not move", async () => {
    const shuffled = ["eve", "ann", "zoe", "cem", "bob", "dot"];
    const after = modelOf({ users: shuffled, vectorOf: (id) => (id === "zoe" ? [5, -5] : vectorOf(id)) });
    const found = await report(modelOf({ users: [...IDS, "yan"] }), after);
    expect(found).toMatchObject({ schema: "unbatch.stability", version: 1, unmatched: [] });
    expect(found.tables.map(({ table }) => table)).toEqual(["dot/user", "dot/item"]);
    expect(found.tables[0]).toMatchObject({ matchedRows: 5, onlyBefore: 1, onlyAfter: 1 });
    expect(found.tables[1]).toMatchObject({ matchedRows: 6, onlyBefore: 0, onlyAfter: 0 });
    for (const { shareUntouched, neighbourOverlap, normGrowth, moved } of found.tables) {
      expect([shareUntouched.value, neighbourOverlap.value, normGrowth.value]).toEqual([1, 1, 1]);
      expect(moved.angleDegrees.median.value).toBe(0);
    }
    expect(found.downstream).toEqual([
      "dot/user: no vector moved: what was built on the first model stays right",
      "dot/item: no vector moved: what was built on the first model stays right",
    ]);
  });

  it("tells a space that was turned from one that changed its shape, and says what breaks", async () => {
    const turned = await report(
      modelOf(),
      modelOf({ vectorOf: (id) => [-3 * (vectorOf(id)[1] ?? 0), 3 * (vectorOf(id)[0] ?? 0)] }),
    );
    const [user] = turned.tables;
    expect(user?.moved.angleDegrees.median.value).toBeCloseTo(90, 9);
    expect(user?.movedAfterAlignment.angleDegrees.largest.value).toBeLessThan(1e-6);
    expect(user?.neighbourOverlap.value).toBe(1);
    expect(user?.normGrowth.value).toBeCloseTo(3, 12);
    const words = turned.downstream.filter((line) => line.startsWith("dot/user")).join("\n");
    expect(words).toContain("never search an index of one model with a query of the other");
    expect(words).toContain("90.0 degrees, 0.0 degrees when the space is turned back");
    expect(words).toContain("3.00 times as long");
    expect(words).not.toContain("nearest neighbours are others");

    const angles: Record<string, number> = { ann: 0, bob: 100, cem: 200, dot: 50, eve: 150 };
    const onCircle = (id: string): number[] => {
      const angle = ((angles[id] ?? 0) * Math.PI) / 180;
      return id === "ann" ? vectorOf(id) : [Math.cos(angle), Math.sin(angle)];
    };
    const reshaped = await report(modelOf(), modelOf({ vectorOf: onCircle }));
    const [other] = reshaped.tables;
    expect(other?.neighbourOverlap.value).toBeLessThan(1);
    expect(other?.shareUntouched.value).toBe(0.2);
    const reshapedWords = reshaped.downstream.join("\n");
    expect(reshapedWords).toContain("of nearest neighbours are others: an index built on");
    expect(reshapedWords).toContain("20.0 % of the rows did not change while others did");
    expect(reshapedWords).toContain("a second model that reads these vectors");
  });

  it("as a table for people", async () => {
    const { code, stdout } = await unbatch(["stability", written(modelOf()), written(modelOf())]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/dot\/user +5 +1\.000 +0\.000 +0\.0/);
    expect(stdout).toMatch(/too-few-units/);
    expect(stdout).toContain("no vector moved");
    expect(stdout).not.toContain("NaN");
  });

  it("refuses models that share no embeddings, and what is no model", async () => {
    const bias: TermSpec = { kind: "bias", name: "bias" };
    const none = await unbatch([
      "stability",
      written(modelOf({ terms: [bias] })),
      written(modelOf({ terms: [bias] })),
    ]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("no embeddings");
    const one = await unbatch(["stability", written(modelOf()), written(modelOf({ terms: [bias] }))]);
    expect(one.code).toBe(2);
    expect(one.stderr).toContain("dot/user: in the first model alone");
    const missing = await unbatch(["stability", written(modelOf()), join(work, "nowhere")]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("no model.json");
    expect((await unbatch(["stability", work, work, "--neighbours", "0"])).code).toBe(2);
  });
});

describe("tables of two models", () => {
  it("of a fixed encoder are matched by row only where it is the same", () => {
    const { matched, unmatched } = matchTables(modelOf(), modelOf({ buckets: 7 }));
    expect(matched.map(({ table }) => table)).toEqual(["dot/user"]);
    expect(unmatched).toEqual([{ table: "dot/item", why: "the two models encode its feature differently" }]);
  });

  it("never count the row of unknown ids, and skip ids whose row has no weights", () => {
    const [user] = matchTables(modelOf(), modelOf()).matched;
    expect([...(user?.before ?? [])].includes(99)).toBe(false);
    const short = modelOf();
    const tensors = new Map(short.tensors).set(
      "dot/user/weight",
      tensorOf("dot/user/weight", [
        [9, 9],
        [1, 1],
        [2, 2],
      ]),
    );
    expect(matchTables(modelOf(), { ...short, tensors }).matched[0]).toMatchObject({
      rows: 2,
      onlyBefore: 3,
      onlyAfter: 0,
    });
  });

  it("of other widths, or that never learned, are named with the reason", () => {
    const wide: TermSpec = { ...dotTerm, width: 5 };
    expect(matchTables(modelOf(), modelOf({ terms: [wide] })).unmatched[0]?.why).toContain(
      "2 dimensions in the first",
    );
    const empty = { ...modelOf(), tensors: new Map() };
    expect(matchTables(empty, modelOf()).unmatched[0]?.why).toContain("never learned");
    expect(matchTables(modelOf({ terms: [] }), modelOf()).unmatched[0]?.why).toBe(
      "in the second model alone",
    );
  });
});
