import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLog } from "../../src/io/log-source.js";
import { temporaryFolder } from "../support/cli.js";
import { dataFolder, describeWith } from "../support/external.js";
import { inProcess } from "../support/in-process.js";
import { readColumns } from "../support/parquet.js";

interface Reference {
  features: { column: string; encoder: string }[];
  /** Row of the log, logit, label. */
  rows: [number, number, number][];
}

describeWith("UNBATCH_REFERENCE", "a TensorFlow SavedModel, with its own graph alone", (referenceFolder) => {
  const data = dataFolder();
  if (data === undefined) {
    it.skip("(set UNBATCH_DATA to run)", () => {});
    return;
  }
  const folder = temporaryFolder();
  const log = `${data}/checkpoints/parquet/tfx_taxi_data.parquet`;
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await inProcess(args);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  /** Row of the log -> logit. */
  async function scoresOf(model: string, config: string, out: string): Promise<Map<unknown, number>> {
    await run("predict", model, log, "--config", config, "--out", out, "--quiet");
    const columns = await readColumns(await openLog([out]), ["row", "score"]);
    return new Map(columns["row"]?.map((row, at) => [row, Number(columns["score"]?.[at])]));
  }

  it("the taxi model: init, convert and predict, with nothing edited, give the reference's logits", async () => {
    const savedModel = `${data}/checkpoints/tf_savedmodel/taxi_wide_deep_estimator`;
    const [config, model] = [join(folder, "taxi.yaml"), join(folder, "model")];
    await run("init", savedModel, log, "--out", config, "--quiet");
    const reference = JSON.parse(readFileSync(`${referenceFolder}/taxi.json`, "utf8")) as Reference;
    const text = readFileSync(config, "utf8");
    for (const { column, encoder } of reference.features) {
      const lines = new RegExp(
        `column: ${column}\n    encoder: \\{ kind: ${encoder}, .*# guessed: the model's own`,
      );
      expect(text).toMatch(lines);
    }
    await run("convert", savedModel, "--config", config, "--out", model, "--rows", "500", "--quiet");
    const scores = await scoresOf(model, config, join(folder, "scores.parquet"));
    expect(scores.size).toBe(10_000);
    let compared = 0;
    for (const [row, logit] of reference.rows) {
      expect(Math.abs((scores.get(row) ?? Number.NaN) - logit)).toBeLessThan(1e-5);
      compared += 1;
    }
    expect(compared).toBe(200);
  });

  it("its checkpoint, with the graph of the SavedModel: encoders complete, slots and rates as saved", async () => {
    const checkpoint = `${data}/checkpoints/tf_checkpoint/taxi_wide_deep_ckpt/model.ckpt-1000`;
    const savedModel = `${data}/checkpoints/tf_savedmodel/taxi_wide_deep_estimator`;
    const [config, model] = [join(folder, "checkpoint.yaml"), join(folder, "restored")];
    await run("init", checkpoint, log, "--graph", savedModel, "--out", config, "--quiet");
    expect(readFileSync(config, "utf8")).toContain(
      "learner: {}  # each term goes on as it was trained: adagrad",
    );
    const assets = ["--assets", `${savedModel}/assets`];
    const stdout = await run(
      "convert",
      checkpoint,
      ...assets,
      "--config",
      config,
      "--log",
      log,
      "--rows",
      "500",
      "--out",
      model,
    );
    expect(stdout).toContain("slots    exact, 30 transferred");
  });

  it("another training of it, exported by TensorFlow 1 with fewer rows than buckets: complete, and both paths alike", async () => {
    const savedModel = `${data}/checkpoints/tf_savedmodel/taxi_estimator_2shards`;
    const [config, model] = [join(folder, "shards.yaml"), join(folder, "shards")];
    await run("init", savedModel, log, "--out", config, "--quiet");
    const text = readFileSync(config, "utf8");
    expect(text.match(/# guessed: the model's own graph/g)?.length).toBe(12);
    expect(text.match(/beyond: \{ from: 10, row: 0 \}/g)?.length).toBe(3);
    const stdout = await run(
      "convert",
      savedModel,
      "--config",
      config,
      "--log",
      log,
      "--rows",
      "500",
      "--out",
      model,
    );
    expect(stdout).toMatch(/parity {3}largest difference (0\.00e\+0|\S+e-1\d) /);
  });
});
