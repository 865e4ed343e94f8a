import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/convert/checkpoint.js";
import { featureHint } from "../../src/convert/families/feature-hint.js";
import type { GraphNode } from "../../src/convert/graph.js";
import { isRecognised, recognise, type Told, unknownFamily } from "../../src/convert/recognise.js";
import { checkpointOf, MF_SHAPES, TAXI_SHAPES } from "./checkpoints.js";

/** role -> tensor, with `^T` where it is transposed. */
function rolesOf(checkpoint: Checkpoint, told?: Told): Record<string, string> {
  const result = recognise(checkpoint, told);
  if (!isRecognised(result)) throw unknownFamily(result, checkpoint, "model");
  return Object.fromEntries(
    result.roles.map(({ role, tensor, layout }) => [role, layout === "transposed" ? `${tensor} ^T` : tensor]),
  );
}

function missingOf(checkpoint: Checkpoint): string {
  const result = recognise(checkpoint);
  if (isRecognised(result)) throw new Error(`recognised as ${result.family}`);
  return unknownFamily(result, checkpoint, "model.pt").message;
}

describe("featureHint", () => {
  it.each([
    ["linear/linear_model/company_xf/weights", "company"],
    ["linear/linear_model/trip_start_day_xf/weights/part_0", "trip_start_day"],
    ["dnn/input_from_feature_columns/input_layer/user_id_embedding/embedding_weights", "user"],
    ["user_embedding.weight", "user"],
    ["userEmbedding.weight", "user"],
    ["embs.item.weight", "item"],
    ["wide.category.weight", "category"],
    ["item_biases.weight", "item"],
    ["linear.weight", ""],
    ["layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE", ""],
    ["StatefulPartitionedCall/model/embedding/embedding_lookup/ReadVariableOp", ""],
    ["StatefulPartitionedCall/model/user_emb/embedding_lookup/ReadVariableOp", "user"],
  ])("%s speaks of %j", (name, hint) => expect(featureHint(name)).toBe(hint));
});

describe("recognise", () => {
  it("sees a wide & deep estimator, its two biases apart", () => {
    const checkpoint = checkpointOf(TAXI_SHAPES, { format: "tensorflow" });
    expect(recognise(checkpoint)).toMatchObject({ family: "wide-and-deep", unused: [] });
    expect(rolesOf(checkpoint)).toEqual({
      bias: "linear/linear_model/bias_weights",
      "linear/company": "linear/linear_model/company_xf/weights",
      "linear/trip_start_hour": "linear/linear_model/trip_start_hour_xf/weights",
      "deep/kernel_0": "dnn/hiddenlayer_0/kernel",
      "deep/bias_0": "dnn/hiddenlayer_0/bias",
      "deep/kernel_1": "dnn/hiddenlayer_1/kernel",
      "deep/bias_1": "dnn/hiddenlayer_1/bias",
      "deep/kernel_2": "dnn/logits/kernel",
      "deep/bias_2": "dnn/logits/bias",
    });
  });

  it("puts estimator layers in numeric order, logits last, whatever the file's order", () => {
    const shapes: Record<string, number[]> = { "dnn/logits/kernel": [2, 1], "dnn/logits/bias": [1] };
    for (let index = 11; index >= 0; index--) {
      shapes[`dnn/hiddenlayer_${index}/kernel`] = [2, 2];
      shapes[`dnn/hiddenlayer_${index}/bias`] = [2];
    }
    const roles = rolesOf(checkpointOf(shapes));
    expect(roles["deep/kernel_2"]).toBe("dnn/hiddenlayer_2/kernel");
    expect(roles["deep/kernel_11"]).toBe("dnn/hiddenlayer_11/kernel");
    expect(roles["deep/kernel_12"]).toBe("dnn/logits/kernel");
  });

  it("sees PyTorch layers as transposed, embeddings not", () => {
    const checkpoint = checkpointOf({
      "wide.user.weight": [9, 1],
      bias: [1],
      "embs.user.weight": [9, 4],
      "mlp.0.weight": [8, 6],
      "mlp.0.bias": [8],
      "mlp.2.weight": [1, 8],
      "mlp.2.bias": [1],
    });
    expect(rolesOf(checkpoint)).toEqual({
      bias: "bias",
      "linear/user": "wide.user.weight",
      "deep/user": "embs.user.weight",
      "deep/kernel_0": "mlp.0.weight ^T",
      "deep/bias_0": "mlp.0.bias",
      "deep/kernel_1": "mlp.2.weight ^T",
      "deep/bias_1": "mlp.2.bias",
    });
  });

  it("sees Keras layers by their shapes", () => {
    const value = "/.ATTRIBUTES/VARIABLE_VALUE";
    const checkpoint = checkpointOf({
      [`layer_with_weights-0/kernel${value}`]: [3, 8],
      [`layer_with_weights-0/bias${value}`]: [8],
      [`layer_with_weights-1/kernel${value}`]: [8, 1],
      [`layer_with_weights-1/bias${value}`]: [1],
    });
    expect(recognise(checkpoint)).toMatchObject({ family: "wide-and-deep" });
    expect(rolesOf(checkpoint)["deep/bias_1"]).toBe(`layer_with_weights-1/bias${value}`);
  });

  it("sees a matrix factorisation with biases", () => {
    const checkpoint = checkpointOf(MF_SHAPES);
    const result = recognise(checkpoint);
    expect(result).toMatchObject({ family: "matrix-factorisation" });
    expect(rolesOf(checkpoint)).toEqual({
      bias: "global_bias",
      "linear/user": "user_bias.weight",
      "linear/item": "item_bias.weight",
      "dot/user": "user_embedding.weight",
      "dot/item": "item_embedding.weight",
    });
    expect(isRecognised(result) && result.evidence.join("; ")).toContain(
      "user_embedding.weight, item_embedding.weight",
    );
  });

  it("sees a logistic regression as one Linear, and as width-1 embeddings", () => {
    expect(rolesOf(checkpointOf({ "linear.weight": [1, 7], "linear.bias": [1] }))).toEqual({
      linear: "linear.weight ^T",
      bias: "linear.bias",
    });
    const embeddings = checkpointOf({ "user_emb.weight": [9, 1], "item_emb.weight": [8, 1], bias: [1] });
    expect(recognise(embeddings)).toMatchObject({ family: "logistic-regression" });
    const estimator = checkpointOf({
      "linear/linear_model/a/weights": [4, 1],
      "linear/linear_model/bias_weights": [1],
    });
    expect(rolesOf(estimator)).toEqual({
      "linear/a": "linear/linear_model/a/weights",
      bias: "linear/linear_model/bias_weights",
    });
  });

  it("sees a factorisation machine with a table a feature, and with one for all", () => {
    const tables = checkpointOf({
      "linear.user.weight": [9, 1],
      "linear.item.weight": [8, 1],
      bias: [1],
      "embs.user.weight": [9, 4],
      "embs.item.weight": [8, 4],
      "embs.hour.weight": [24, 4],
    });
    expect(recognise(tables)).toMatchObject({ family: "factorisation-machine", unused: [] });
    expect(rolesOf(tables)).toEqual({
      "linear/user": "linear.user.weight",
      "linear/item": "linear.item.weight",
      bias: "bias",
      "factorisation/user": "embs.user.weight",
      "factorisation/item": "embs.item.weight",
      "factorisation/hour": "embs.hour.weight",
    });
    // The names of the pytorch-fm package.
    const whole = { "linear.fc.weight": [41, 1], "linear.bias": [1], "embedding.embedding.weight": [41, 4] };
    expect(rolesOf(checkpointOf(whole))).toEqual({
      linear: "linear.fc.weight",
      bias: "linear.bias",
      factorisation: "embedding.embedding.weight",
    });
    // A Linear over all inputs beside the vectors.
    expect(rolesOf(checkpointOf({ "fc.weight": [1, 41], "fc.bias": [1], v: [41, 4] }))).toEqual({
      linear: "fc.weight ^T",
      bias: "fc.bias",
      factorisation: "v",
    });
  });

  it("takes two tables for a matrix factorisation, and for a factorisation machine when told", () => {
    expect(recognise(checkpointOf(MF_SHAPES), { family: "factorisation-machine" })).toMatchObject({
      family: "factorisation-machine",
    });
    expect(missingOf(checkpointOf({ "a.weight": [9, 4], "linear.weight": [8, 1] }))).toContain(
      "for factorisation-machine: vectors of one width, a table for each of two or more features by name, or one table with as many rows as a tensor of weights has; found a.weight [9, 4]",
    );
  });

  const mlp = {
    "mlp.0.weight": [8, 6],
    "mlp.0.bias": [8],
    "mlp.3.weight": [1, 8],
    "mlp.3.bias": [1],
  };
  const bn = { "bn.weight": [8], "bn.bias": [8], "bn.running_mean": [8], "bn.running_var": [8] };

  it("gives BatchNorm to the layer of its width, and says what that assumes", () => {
    const checkpoint = checkpointOf({ ...mlp, ...bn });
    expect(rolesOf(checkpoint)).toMatchObject({
      "deep/norm_out_0/gamma": "bn.weight",
      "deep/norm_out_0/mean": "bn.running_mean",
    });
    const result = recognise(checkpoint);
    expect(isRecognised(result) && result.assumed.join()).toMatch(
      /BatchNorm bn between mlp.0.weight and its activation/,
    );
    const inputs = { ...bn, "bn.weight": [6], "bn.bias": [6], "bn.running_mean": [6], "bn.running_var": [6] };
    expect(rolesOf(checkpointOf({ ...mlp, ...inputs }))["deep/norm_in_0/variance"]).toBe("bn.running_var");
    const wide = { ...bn, "bn.running_mean": [7], "bn.running_var": [7] };
    expect(missingOf(checkpointOf({ ...mlp, ...wide }))).toMatch(/a layer for the BatchNorm bn.running_mean/);
  });

  it("refuses by name what no term computes", () => {
    const more = {
      "layer_norm.weight": [8],
      "gru.weight_hh_l0": [24, 8],
      "attention.in_proj_weight": [24, 8],
      "experts.0.weight": [8, 6],
    };
    for (const [name, what] of [
      ["layer_norm.weight", "LayerNorm, which looks at each event and cannot be folded (layer_norm.weight)"],
      ["gru.weight_hh_l0", "recurrent layers (gru.weight_hh_l0)"],
      ["attention.in_proj_weight", "attention (attention.in_proj_weight)"],
      ["experts.0.weight", "a mixture of experts (experts.0.weight)"],
    ] as const)
      expect(missingOf(checkpointOf({ ...mlp, [name]: more[name] }))).toContain(
        `model.pt: ${what}: of this no online model`,
      );
  });

  it("chooses one of several outputs only when told, and leaves the others", () => {
    const heads = { ...mlp, "other.weight": [1, 8], "other.bias": [1] };
    expect(missingOf(checkpointOf(heads))).toContain(
      "one output, found mlp.3.weight, other.weight: name one with checkpoint.head in unbatch.yaml",
    );
    const result = recognise(checkpointOf(heads), { head: "other" });
    expect(result).toMatchObject({ otherHeads: ["mlp.3.weight"], unused: ["mlp.3.weight", "mlp.3.bias"] });
    expect(rolesOf(checkpointOf(heads), { head: "other" })["deep/kernel_1"]).toBe("other.weight ^T");
  });

  it("explains the nearest families where none fits", () => {
    const message = missingOf(checkpointOf({ "cube.weight": [8, 3, 5, 5], "a.weight": [9, 4] }));
    expect(message).toContain(
      "model.pt: a pytorch checkpoint of no family that is known here: cube.weight [8, 3, 5, 5]",
    );
    expect(message).toContain("for matrix-factorisation: two tables of vectors, found 1: a.weight [9, 4]");
    expect(message).toContain("checkpoint.tensors");
  });

  it("refuses a tensor that no role explains, and drops it once roles are told", () => {
    const shapes = { ...MF_SHAPES, user_embedding_T: [3, 5] };
    expect(missingOf(checkpointOf(shapes))).toContain("two tables of vectors, found 3");
    const told = {
      tensors: { "dot/user": "user_embedding.weight", "dot/item": "item_embedding.weight" },
    };
    const result = recognise(checkpointOf(shapes), told);
    expect(result).toMatchObject({ family: "matrix-factorisation", unused: ["user_embedding_T"] });
  });

  it("says why a checkpoint with a graph goes by names and shapes", () => {
    const since = (more: object, told: Told = {}): string | undefined => {
      const result = recognise({ ...checkpointOf(MF_SHAPES), ...more }, told);
      return isRecognised(result) ? result.assumed[0] : "not recognised";
    };
    const unread = { beyondGraph: "Mish (hidden)" };
    expect(since(unread)).toMatch(/^roles by names and shapes, since its graph has Mish \(hidden\):/);
    expect(since(unread, { tensors: { bias: "global_bias" } })).toMatch(/since roles were told:/);
    expect(since({})).toBeUndefined();
    const node: GraphNode = { inputs: [], operation: { kind: "other", name: "Mish top" } };
    const graph = { nodes: new Map([["top", node]]), outputs: ["top"] };
    expect(since({ graph })).toMatch(/since its graph has Mish top:/);
  });

  it("refuses told roles that are not roles, and tensors that are not there", () => {
    const checkpoint = checkpointOf(MF_SHAPES);
    expect(() => recognise(checkpoint, { tensors: { dott: "global_bias" } })).toThrow(/the role "dott"/);
    expect(() => recognise(checkpoint, { tensors: { bias: "globl_bias" } })).toThrow(
      /no tensor "globl_bias" in the checkpoint\n {2}expected: .*closest names are global_bias, /,
    );
  });
});
