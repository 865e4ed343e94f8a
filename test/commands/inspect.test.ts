import { describe, expect, it } from "vitest";
import { inProcess } from "../support/in-process.js";

const MADE = "fixtures/made";
interface Body {
  kind: string;
  format: string;
  tensors: { name: string; shape: number[]; dtype: string }[];
  slots: { tensor: string; optimizer: string; slots: string[] }[];
  vocabularies: { name: string; ids: number }[];
  trees?: { trees: number; leaves: number; features: number };
}

describe("inspect of a checkpoint", () => {
  it.each([
    ["pytorch_mf/state_dict_legacy.pt", "pytorch-legacy", /user_embedding\.weight +\[201, 16\] +float32/],
    ["pytorch_widedeep/traced.ts.pt", "torchscript", /embs\.user\.weight +\[201, 8\] +float32/],
    ["pytorch_widedeep/model.onnx", "onnx", /embs\.user\.weight +\[201, 8\] +float32/],
    ["pytorch_widedeep/twotower_bag_external.onnx", "onnx", /onnx::MatMul_53 +\[8, 6\]/],
    ["keras_like/keras2_full.h5", "keras-h5", /ctr\/kernel +\[16, 1\] +float32 +adagrad: accumulator/],
    ["keras_like/keras3_like.keras", "keras", /ctr\/kernel +\[16, 1\] +float32 +adam: m, v/],
    ["safetensors/two_tower.safetensors", "safetensors", /item_embedding_bf16 +\[181, 8\] +bfloat16/],
    ["als/implicit_als.npz", "numpy-npz", /user_factors +\[200, 16\] +float32/],
    ["als/spark_als_model", "spark-als", /vocabulary userFactors: 200 ids/],
    ["tfjs_layers/sharded", "tfjs-layers", /user_embedding\/embeddings +\[121, 8\]/],
    ["tfjs_layers/uint8/model.json", "tfjs-layers", /quantised to uint8 in steps of/],
    [
      "xgboost_ctr/model.ubj",
      "xgboost-ubjson",
      /trees: 30 with \d+ splits \(0 by category\), 9 features, 1 outputs/,
    ],
    [
      "xgboost_ctr/model_categorical.json",
      "xgboost-json",
      /trees: 8 with \d+ splits \([1-9]\d* by category\)/,
    ],
    ["word2vec/items_google.bin", "word2vec-binary", /vocabulary words: 180 ids/],
  ])("%s shows format, tensors, slots and ids", async (path, format, line) => {
    const { code, stdout, stderr } = await inProcess(["inspect", `${MADE}/${path}`]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`${MADE}/${path}: ${format}, `);
    expect(stdout).toMatch(line);
    const json = await inProcess(["inspect", `${MADE}/${path}`, "--json"]);
    const body = JSON.parse(json.stdout) as Body;
    expect([body.kind, body.format]).toEqual(["checkpoint", format]);
    expect(body.tensors.length + (body.trees?.trees ?? 0)).toBeGreaterThan(0);
    for (const { slots, tensor } of body.slots) {
      expect(slots.length).toBeGreaterThan(0);
      expect(body.tensors.map(({ name }) => name)).toContain(tensor);
    }
  });

  it.each([
    ["sklearn_lr_hash/pipeline.joblib", /a Python pickle[\s\S]*np\.savez/],
    ["malicious/zip_bomb.npz", /zip_bomb.npz, byte \d+/],
    ["als/golden.json", /expected: a checkpoint of PyTorch, TensorFlow, Keras/],
  ])("%s is refused with exit code 2", async (path, message) => {
    const { code, stdout, stderr } = await inProcess(["inspect", `${MADE}/${path}`]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});
