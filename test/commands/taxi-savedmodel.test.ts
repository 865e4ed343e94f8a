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

  it("the taxi model: init, convert and predict, with nothing edited, give the reference's logits", async () => {
    const savedModel = `${data}/checkpoints/tf_savedmodel/taxi_wide_deep_estimator`;
    const [config, model, out] = ["taxi.yaml", "model", "scores.parquet"].map((name) => join(folder, name));
    await run("init", savedModel, log, "--out", config ?? "", "--quiet");
    const reference = JSON.parse(readFileSync(`${referenceFolder}/taxi.json`, "utf8")) as Reference;
    const text = readFileSync(config ?? "", "utf8");
    for (const { column, encoder } of reference.features) {
      const lines = new RegExp(
        `column: ${column}\n    encoder: \\{ kind: ${encoder}, .*# guessed: the model's own`,
      );
      expect(text).toMatch(lines);
    }
    await run("convert", savedModel, "--config", config ?? "", "--out", model ?? "");
    await run("predict", model ?? "", log, "--config", config ?? "", "--out", out ?? "", "--quiet");
    const columns = await readColumns(await openLog([out ?? ""]), ["row", "score"]);
    const scores = new Map(columns["row"]?.map((row, at) => [row, Number(columns["score"]?.[at])]));
    expect(scores.size).toBe(10_000);
    let compared = 0;
    for (const [row, logit] of reference.rows) {
      expect(Math.abs((scores.get(row) ?? Number.NaN) - logit)).toBeLessThan(1e-5);
      compared += 1;
    }
    expect(compared).toBe(200);
  });
});
