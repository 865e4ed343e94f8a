import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { runByFramework } from "../../src/commands/convert/run-by-framework.js";
import type { Converted } from "../../src/convert/convert.js";
import { generatedRows } from "../../src/convert/parity/generated.js";
import { compareScores, type Parity } from "../../src/convert/parity/parity.js";
import type { SourceRun } from "../../src/convert/parity/run/source-run.js";
import type { TfjsArtifacts } from "../../src/core/framework-model.js";
import type { TermSpec } from "../../src/core/model-spec.js";
import { openTree } from "../../src/io/files.js";
import { openTfjsModel } from "../../src/io/tensorflow-js.js";
import type { OnlineModel } from "../../src/model/model.js";
import { temporaryFolder } from "../support/cli.js";
import { dataFolder, describeWith } from "../support/external.js";
import { convertFile, dense, identity, MADE } from "./networks/made.js";

const ROWS = 1500;
const LAYERS = resolve(MADE, "tfjs_layers");
const TWO_TOWER = [
  { name: "user", column: "user_id", encoder: identity(121) },
  { name: "item", column: "item_id", encoder: identity(181) },
  { name: "d0", encoder: dense },
  { name: "d1", encoder: dense },
];

type Open = typeof openTfjsModel;

async function run(
  path: string,
  converted: Converted,
  open: Open = openTfjsModel,
): ReturnType<typeof runByFramework> {
  const rows = generatedRows(converted.source.config, new Map(), ROWS);
  return runByFramework(converted, openTree(path), rows, { tfjs: open });
}

async function ran(path: string, converted: Converted): Promise<SourceRun> {
  const made = await run(path, converted);
  if (made === undefined || "notMade" in made) throw new Error(made?.notMade ?? "of another format");
  expect(made.framework).toMatch(/^TensorFlow\.js 4\./);
  return made;
}

function parity(converted: Converted, made: SourceRun, model: OnlineModel = converted.model): Parity {
  const { source, bound } = converted;
  const rows = generatedRows(source.config, new Map(), ROWS);
  const compared = compareScores(source, bound, model, rows, 1e-5, made);
  expect(compared.report.rows).toBe(ROWS);
  return compared;
}

describe("a TensorFlow.js Layers model run as it is", () => {
  it.each(["single", "sharded", "float16", "uint16", "uint8"])(
    "%s: each row's probability is that of the online score",
    async (form) => {
      const path = join(LAYERS, form, "model.json");
      const converted = await convertFile(path, { features: TWO_TOWER });
      const made = await ran(path, converted);
      expect(made.gives).toBe("probabilities");
      const { report, rows } = parity(converted, made);
      expect(report.run).toMatchObject({ rows: ROWS, maxAbsoluteDifference: expect.any(Number) });
      expect(report.maxAbsoluteDifference).toBeLessThan(1e-6);
      // Near one half a float32 probability is within 1e-6 of its logit.
      expect(Math.max(...rows.map(({ run = 9, online }) => Math.abs(run - online)))).toBeLessThan(1e-5);
      expect(new Set(rows.map(({ run }) => run)).size).toBeGreaterThan(ROWS / 2);
    },
  );

  it("sees an activation that is not the model's, and says its own score", async () => {
    const path = join(LAYERS, "single", "model.json");
    const converted = await convertFile(path, { features: TWO_TOWER });
    const made = await ran(path, converted);
    const terms = converted.bound.terms.map((term): TermSpec => {
      if (term.kind !== "deep") return term;
      const [first, ...rest] = term.layers;
      return { ...term, layers: first === undefined ? [] : [{ ...first, activation: "tanh" }, ...rest] };
    });
    const bound = { ...converted.bound, terms };
    const model = { ...converted.model, spec: { ...converted.model.spec, terms } };
    const { report, worst } = parity({ ...converted, bound, model }, made, model);
    expect(report.maxAbsoluteDifference).toBeGreaterThan(1e-3);
    expect(worst.own).not.toBeCloseTo(worst.online, 4);
    expect(worst.source).toBeCloseTo(worst.online, 6);
  });

  it("is not made where the package is not there, and says how it would be", async () => {
    const path = join(LAYERS, "single", "model.json");
    const converted = await convertFile(path, { features: TWO_TOWER });
    expect(await run(path, converted, () => Promise.resolve(undefined))).toEqual({
      notMade: "@tensorflow/tfjs is not installed",
      next: "npm install @tensorflow/tfjs beside unbatch, and convert again",
    });
    expect(await run(path, converted, () => Promise.reject(new Error("no backend\nat")))).toMatchObject({
      notMade: "TensorFlow.js does not run it: no backend",
    });
  });

  it("loads nothing whose topology asks for more than its weights have", async () => {
    const path = join(temporaryFolder(), "bomb");
    cpSync(join(LAYERS, "single"), path, { recursive: true });
    const converted = await convertFile(join(path, "model.json"), { features: TWO_TOWER });
    const text = readFileSync(join(path, "model.json"), "utf8");
    writeFileSync(join(path, "model.json"), text.replace('"input_dim":121', '"input_dim":99000000000'));
    let opened = 0;
    const open: Open = () => {
      opened += 1;
      return Promise.resolve(undefined);
    };
    expect(await run(path, converted, open)).toMatchObject({
      notMade: "its topology has input_dim 99000000000, and no weight has an axis above 181",
    });
    expect(opened).toBe(0);
  });

  it("is not looked for where the checkpoint is of another format, nor is a SavedModel run", async () => {
    const path = resolve(MADE, "networks/deepfm.safetensors");
    const features = ["user", "item", "category"].map((name, at) => ({
      name,
      encoder: identity([20, 30, 7][at] ?? 0),
    }));
    const converted = await convertFile(path, { features });
    const open: Open = () => Promise.reject(new Error("looked for"));
    expect(await run(path, converted, open)).toBeUndefined();
    const { source } = converted;
    const checkpoint = { ...source.checkpoint, format: "tensorflow-savedmodel" };
    const saved = { ...converted, source: { ...source, checkpoint } };
    expect(await run(path, saved, open)).toMatchObject({
      notMade: expect.stringContaining("none is run unasked"),
      next: expect.stringContaining("--run-savedmodel"),
    });
  });
});

it("gives the package what the document says, and nothing under other names", async () => {
  const path = join(LAYERS, "sharded", "model.json");
  const converted = await convertFile(path, { features: TWO_TOWER });
  const given: TfjsArtifacts[] = [];
  await run(path, converted, (artifacts) => {
    given.push(artifacts);
    return Promise.resolve(undefined);
  });
  const document = JSON.parse(readFileSync(path, "utf8")) as {
    modelTopology: object;
    weightsManifest: { weights: object[]; paths: string[] }[];
  };
  const shards = document.weightsManifest.flatMap(({ paths }) =>
    paths.map((name) => readFileSync(join(LAYERS, "sharded", name))),
  );
  expect(given).toHaveLength(1);
  expect(given[0]).toMatchObject({
    kind: "layers",
    topology: document.modelTopology,
    specs: document.weightsManifest.flatMap(({ weights }) => weights),
  });
  expect(Buffer.concat(shards).equals(Buffer.from(given[0]?.weights ?? []))).toBe(true);
});

describeWith("UNBATCH_DATA", "models that others published", () => {
  it("abalone, a Sequential model: its own graph says the activations, and its own scores prove them", async () => {
    const path = `${dataFolder()}/checkpoints/tfjs_layers/abalone`;
    const features = Array.from({ length: 8 }, (_, at) => ({ name: `f${at}`, encoder: dense }));
    const model = { link: "squared", terms: [{ kind: "bias" }] };
    const converted = await convertFile(path, { features, model });
    expect(converted.bound.assumed.join("\n")).not.toContain("activation");
    const made = await ran(path, converted);
    expect(made.gives).toBe("logits");
    expect(parity(converted, made).report.maxAbsoluteDifference).toBeLessThan(1e-5);
  });
});
