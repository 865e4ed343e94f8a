import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { columnAt, convertFile, dense, goldenParity, identity, jsonOf, logit, MADE } from "./made.js";

interface Golden {
  inputs: { user: number[]; item: number[]; category: number[]; context: number[]; dense: number[][] };
  prob: number[];
}

const CONFIG = {
  features: [
    { name: "user", encoder: identity(201) },
    { name: "item", encoder: identity(301) },
    { name: "category", encoder: identity(13) },
    { name: "context", encoder: identity(8) },
    ...[0, 1, 2].map((k) => ({ name: `d${k}`, encoder: dense })),
  ],
  checkpoint: {
    interaction: {
      vectors: ["user", "item", "category", "context", "dense"],
      above: ["dense", "products", "vectors"],
    },
  },
};

function golden(): { columns: Record<string, number[]>; logits: number[] } {
  const { inputs, prob } = jsonOf<Golden>("pytorch_widedeep/golden.json");
  const { dense: numbers, ...rows } = inputs;
  const columns = { ...rows, d0: columnAt(numbers, 0), d1: columnAt(numbers, 1), d2: columnAt(numbers, 2) };
  return { columns, logits: prob.map(logit) };
}

it("an ONNX graph says itself in which order vectors and pairs stand", async () => {
  const path = resolve(MADE, "pytorch_widedeep/model.onnx");
  const converted = await convertFile(path, { features: CONFIG.features });
  const assumed = converted.bound.assumed.join("\n");
  expect(assumed).toContain("above them dense, products, vectors (as its graph says)");
  expect(assumed).not.toContain("activation");
  const { columns, logits } = golden();
  expect(goldenParity(converted, columns, logits).report.maxAbsoluteDifference).toBeLessThan(2e-6);
});

describe("DLRM with a wide part and BatchNorm (pytorch_widedeep)", () => {
  it.each(["state_dict.pt", "checkpoint.pt", "traced.ts.pt", "model.onnx"])(
    "%s scores as its goldens",
    async (file) => {
      const converted = await convertFile(resolve(MADE, "pytorch_widedeep", file), CONFIG);
      expect(converted.source.recognised.family).toBe("dlrm");
      const { columns, logits } = golden();
      const { report } = goldenParity(converted, columns, logits);
      expect(report.rows).toBe(24);
      expect(report.maxAbsoluteDifference).toBeLessThan(2e-6);
    },
  );
});
