import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/convert/open.js";
import { openTree } from "../../../src/io/files.js";
import { describeWith } from "../../support/external.js";
import { memoryTree } from "../../support/tree.js";

const refusal = async (name: string, bytes: Uint8Array | string): Promise<string> =>
  await openCheckpoint(memoryTree(name, { [name]: Buffer.from(bytes) })).then(() => "read", String);

describe("a pickle of Python objects", () => {
  it("is refused with the three lines that export the model", async () => {
    const message = await openCheckpoint(openTree("fixtures/made/sklearn_lr_hash/pipeline.joblib")).catch(
      String,
    );
    expect(message).toMatch(
      /pipeline.joblib, byte 0: a Python pickle: loading it runs whatever code it names/,
    );
    expect(message).toMatch(/joblib.load\("pipeline.joblib"\)[\s\S]*np.savez\("model.npz", coef=model.coef_/);
  });

  it.each([
    ["of any protocol", "m.model", Buffer.from([0x80, 5, 0x95, 0, 0])],
    ["of protocol 0", "m.model", "ccopy_reg\n_reconstructor\np0\n"],
    ["compressed", "m.joblib.gz", Buffer.from([0x1f, 0x8b, 8, 0])],
    ["by its name", "m.pkl", "anything"],
  ])("%s, is refused, never read", async (_, name, bytes) => {
    expect(await refusal(name, bytes)).toMatch(/byte 0: a Python pickle/);
  });

  it.each([
    ["xgboost.sklearn", 'model.save_model("model.json")'],
    ["lightgbm.sklearn", 'model.booster_.save_model("model.txt")'],
    ["sklearn.ensemble._forest", "to_onnx(model"],
  ])("of %s is refused with that library's export", async (module, line) => {
    expect(await refusal("m.pkl", `c${module}\nModel\n`)).toContain(line);
  });
});

describeWith("UNBATCH_DATA", "pickles of others", (data) => {
  it("are refused", async () => {
    const path = `${data}/checkpoints/sklearn_pickle/leaves_sk_iris.model`;
    expect(await openCheckpoint(openTree(path)).catch(String)).toMatch(
      /leaves_sk_iris.model, byte 0: a Python pickle/,
    );
  });
});
