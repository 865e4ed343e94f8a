import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/cli.js";
import { goldenColumns, logOf } from "../support/golden-log.js";
import { inProcess } from "../support/in-process.js";

const MADE = resolve("fixtures/made");
const folder = temporaryFolder();
interface Case {
  checkpoint: string;
  golden: string;
  family: string;
  tolerance?: number;
  /** What a person would add under `checkpoint` of the proposal. */
  choose?: string;
}

const DLRM =
  "interaction: { vectors: [user, item, category, context, dense], above: [dense, products, vectors] }";
const CASES: Case[] = [
  ...["state_dict.pt", "traced.ts.pt", "model.onnx"].map((file) => ({
    ...{ checkpoint: `pytorch_widedeep/${file}`, golden: "pytorch_widedeep/golden.json" },
    ...{ family: "dlrm", choose: DLRM },
  })),
  { checkpoint: "keras_like/keras2_full.h5", golden: "keras_like/golden.json", family: "ncf" },
  { checkpoint: "keras_like/keras3_like.keras", golden: "keras_like/golden.json", family: "ncf" },
  { checkpoint: "tfjs_layers/sharded/model.json", golden: "tfjs_layers/golden.json", family: "neumf" },
  {
    checkpoint: "tfjs_layers/float16/model.json",
    golden: "tfjs_layers/golden.json",
    family: "neumf",
    tolerance: 1e-3,
  },
  ...["neumf", "dcn", "dcn_v2", "dlrm", "two_tower", "deepfm"].map((name) => ({
    ...{ checkpoint: `networks/${name}.safetensors`, golden: `networks/${name}.json` },
    family: { dcn_v2: "dcn", two_tower: "two-tower" }[name] ?? name,
  })),
];

describe("init proposes, convert proves, inspect says the same", () => {
  it.each(CASES)("$checkpoint", async ({ checkpoint, golden, family, tolerance = 1e-5, choose }) => {
    const name = checkpoint.replace(/\W/g, "_");
    const columns = goldenColumns(join(MADE, golden));
    mkdirSync(join(folder, name), { recursive: true });
    const log = join(folder, name, "log.parquet");
    logOf(log, columns);
    const at = (file: string): string => join(folder, name, file);
    const config = at("unbatch.yaml");
    const path = join(MADE, checkpoint);
    const ok = async (...args: string[]): Promise<Record<string, unknown>> => {
      const { code, stdout, stderr } = await inProcess([...args, "--json"]);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    await ok("init", path, log, "--out", config, "--label", "clicked", "--quiet");
    const proposal = readFileSync(config, "utf8");
    // The goldens' numbers are as the network reads them; the log's mean and scale are a guess that says so.
    const chosen = proposal
      .replace(/kind: dense, mean: [^}]*\}/g, "kind: dense }")
      .replace(/^checkpoint:$/m, choose === undefined ? "checkpoint:" : `checkpoint:\n  ${choose}`)
      .replace(
        "checkpoint:",
        `checkpoint:\n  golden: { file: logits.json, score: ${columns["prob"] === undefined ? "logit" : "prob, scale: probability"} }`,
      );
    writeFileSync(config, chosen);
    writeFileSync(at("logits.json"), JSON.stringify(columns));
    const options = ["--config", config, "--tolerance", String(tolerance)];
    const report = await ok("convert", path, "--out", at("model"), ...options);
    expect(report).toMatchObject({ family, parity: { source: "golden", tolerance } });
    expect(await ok("inspect", path)).toMatchObject({ family });
    expect(await ok("inspect", at("model"))).toMatchObject({ kind: "model" });
  });
});
