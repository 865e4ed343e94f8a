import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runByFramework } from "../../src/commands/convert/run-by-framework.js";
import type { Converted } from "../../src/convert/convert.js";
import { compareScores } from "../../src/convert/parity/parity.js";
import { columnOf, type LoggedValue, type ParityRows } from "../../src/convert/parity/rows.js";
import { openTree } from "../../src/io/files.js";
import { openSavedModel, type TensorflowNode } from "../../src/io/tensorflow-saved-model.js";
import { convertFile, identity, jsonOf, MADE } from "./networks/made.js";

const PATH = resolve(MADE, "networks/deepfm.safetensors");
const NAMES = ["user", "item", "category"];
const golden = jsonOf<Record<string, number[]>>("networks/deepfm.json");
const logits = golden["logit"] ?? [];

/** By its ids, as a row of the golden file has them. */
const logitOf = new Map(logits.map((logit, row) => [NAMES.map((name) => golden[name]?.[row]).join(), logit]));

const rows: ParityRows = {
  kind: "log",
  rows: logits.length + 1,
  columns: new Map(
    NAMES.map((name) => {
      const values: LoggedValue[] = [...(golden[name] ?? [])];
      return [name, columnOf([...values, name === "item" ? undefined : 1])];
    }),
  ),
};

let converted: Converted;
beforeAll(async () => {
  const features = NAMES.map((name, at) => ({
    name,
    encoder: { ...identity([20, 30, 7][at] ?? 0), missing: 0 },
  }));
  const made = await convertFile(PATH, { features });
  const checkpoint = { ...made.source.checkpoint, format: "tensorflow-savedmodel" };
  converted = { ...made, source: { ...made.source, checkpoint } };
});

interface Made {
  given: Record<string, { values: readonly (string | number)[]; shape: number[]; dtype: string }>[];
  disposed: number;
  loaded: unknown[];
}

/** The shape of @tensorflow/tfjs-node 4, which this repository does not install: it downloads a library. */
function stand(
  signatures: Record<string, { inputs: object; outputs: object }>,
  score: (key: string) => number = (key) => logitOf.get(key) ?? Number.NaN,
): { tf: TensorflowNode; made: Made } {
  const made: Made = { given: [], disposed: 0, loaded: [] };
  const tensor = (values: readonly (string | number)[], shape: number[], dtype: string) => ({
    ...{ values, shape, dtype },
    data: () => Promise.resolve(Float32Array.from(values, Number)),
    dispose: () => {
      made.disposed += 1;
    },
  });
  const predict = (inputs: Record<string, unknown>) => {
    const given = inputs as Made["given"][0];
    made.given.push(given);
    const count = given["user"]?.values.length ?? 0;
    const scores = Array.from({ length: count }, (_, at) =>
      score(NAMES.map((name) => given[name]?.values[at]).join()),
    );
    return { logits: tensor(scores, [count, 1], "float32") };
  };
  const tf = {
    version: { "tfjs-core": "4.0.0" },
    tensor,
    node: {
      getMetaGraphsFromSavedModel: () => Promise.resolve([{ tags: ["serve"], signatureDefs: signatures }]),
      loadSavedModel: (...args: unknown[]) => {
        made.loaded.push(args);
        return Promise.resolve({ predict, dispose: () => undefined });
      },
    },
  };
  return { tf: tf as unknown as TensorflowNode, made };
}

const info = { dtype: "int32", shape: [-1, 1] };
const inputs = { user: { dtype: "string", shape: [-1] }, item: info, category: info };
const predict = { predict: { inputs, outputs: { logits: {}, probabilities: {} } } };

const run = (tf: TensorflowNode | undefined): ReturnType<typeof runByFramework> =>
  runByFramework(converted, openTree(PATH), rows, {
    tfjs: () => Promise.reject(new Error("looked for")),
    savedModel: (path) => openSavedModel(path, () => Promise.resolve(tf)),
  });

describe("a SavedModel that the user trusts, run on raw columns (a stand-in for @tensorflow/tfjs-node)", () => {
  it("each row's score is compared with the online one; what was fed is freed", async () => {
    const { tf, made } = stand({ other: { inputs: {}, outputs: { x: {} } }, ...predict });
    const scored = await run(tf);
    if (scored === undefined || "notMade" in scored) throw new Error(scored?.notMade);
    expect(made.loaded).toEqual([[PATH, ["serve"], "predict"]]);
    const { report } = compareScores(converted.source, converted.bound, converted.model, rows, 1e-5, scored);
    // The last row has no item, which the encoder replaces: it is compared, and not fed.
    expect(report).toMatchObject({ rows: 25, run: { rows: 24, gives: "logits" } });
    expect(report.maxAbsoluteDifference).toBeLessThan(1e-6);
    expect(made.given).toHaveLength(1);
    expect(made.given[0]).toMatchObject({
      user: { shape: [24], dtype: "string", values: (golden["user"] ?? []).map(String) },
      item: { shape: [24, 1], dtype: "int32", values: golden["item"] },
    });
    expect(made.disposed).toBe(4);
    const { tf: wrong } = stand(predict, (key) => (logitOf.get(key) ?? 0) + 1);
    const other = await run(wrong);
    if (other === undefined || "notMade" in other) throw new Error(other?.notMade);
    const compared = compareScores(converted.source, converted.bound, converted.model, rows, 1e-5, other);
    expect(compared.report.maxAbsoluteDifference).toBeCloseTo(1, 5);
  });

  it("is not made, and says why, without the package, the columns, a score, or a signature", async () => {
    expect(await run(undefined)).toMatchObject({ notMade: "@tensorflow/tfjs-node is not installed" });
    const examples = { predict: { inputs: { examples: info }, outputs: { logits: {} } } };
    expect(await run(stand(examples).tf)).toMatchObject({
      notMade: expect.stringContaining("its signature takes examples, which no feature reads"),
    });
    const several = { serving_default: { inputs, outputs: { a: {}, b: {} } } };
    expect(await run(stand(several).tf)).toMatchObject({ notMade: expect.stringContaining("a, b") });
    expect(await run(stand({ train: { inputs, outputs: { a: {} } } }).tf)).toMatchObject({
      notMade: "TensorFlow does not run it: it has no signature that serves",
    });
  });
});
