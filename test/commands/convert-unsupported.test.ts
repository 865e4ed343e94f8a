import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { initialiser, node, onnxModel } from "../convert/formats/onnx-models.js";
import {
  dictionary,
  global,
  type Pickle,
  reduced,
  savedBy,
  text,
  tuple,
  zip,
} from "../convert/formats/pickles.js";
import { temporaryFolder } from "../support/cli.js";
import { refusedConversion, written } from "../support/refused.js";

const folder = temporaryFolder();
const YAML = `features:
  - { name: user, encoder: { kind: identity, size: 4 } }
  - { name: item, encoder: { kind: identity, size: 4 } }
learner: { optimizer: { kind: sgd, rate: 0.1 } }
`;
const refused = (files: Record<string, Uint8Array | string>, more = ""): Promise<string> =>
  refusedConversion(folder, written(folder, files), `${YAML}${more}`);

describe("ONNX", () => {
  const layers = [initialiser("w", [4, 3], Array(12).fill(0.5)), initialiser("v", [3, 1], [1, 2, 3])];
  const network = (...between: Parameters<typeof node>[]): Uint8Array =>
    onnxModel([
      ...[...layers, node("MatMul", ["x", "w"], "h")],
      ...between.map((one) => node(...one)),
      node("MatMul", ["a", "v"], "y"),
    ]);
  const coefficients = [["coefficients", [1, 2]]] as const;

  it.each([
    [
      "quantised weights",
      onnxModel([node("DequantizeLinear", ["q", "s"], "w"), ...layers.slice(1)]),
      /node w: DequantizeLinear: a quantised model\n[\s\S]*before it was quantised/,
    ],
    [
      "scaled columns",
      onnxModel([node("Scaler", ["x"], "s"), node("LinearClassifier", ["s"], "y", coefficients)]),
      /LinearClassifier on what Scaler makes of the columns\n[\s\S]*without the steps before it/,
    ],
    [
      "another model of ONNX-ML",
      onnxModel([node("SVMClassifier", ["x"], "y", coefficients)]),
      /SVMClassifier, of which no online model/,
    ],
    [
      "GELU",
      network(["Gelu", ["h"], "a"]),
      /the activation Gelu \(Gelu a\): of this no online model[\s\S]*offset/,
    ],
    [
      "swish",
      network(["Sigmoid", ["h"], "g"], ["Mul", ["h", "g"], "a"]),
      /swish or one like it \(a\)[\s\S]*offset/,
    ],
    [
      "LayerNorm",
      network(["LayerNormalization", ["h"], "a"]),
      /LayerNorm, which looks at each event.*LayerNormalization a/,
    ],
  ])("%s", async (_, file, words) => {
    expect(await refused({ "m.onnx": file })).toMatch(words);
  });

  it("reads a linear model whose columns are only put side by side", async () => {
    const joined = node("Concat", ["a", "b"], "s");
    const file = onnxModel([joined, node("LinearClassifier", ["s"], "y", coefficients)]);
    // The weights are two, and the features have eight rows.
    expect(await refused({ "m.onnx": file })).toMatch(/shape \[2\] as linear/);
  });
});

describe("XGBoost", () => {
  type Model = { learner: { [part: string]: unknown } };
  const model = (change: (text: string) => string): string => {
    const before = readFileSync("fixtures/made/xgboost_ctr/model.json", "utf8");
    const after = change(before);
    expect(after).not.toBe(before);
    expect((JSON.parse(after) as Model).learner).toBeDefined();
    return after;
  };

  it.each([
    [
      "vector leaves",
      /"size_leaf_vector":\s*"\d"/g,
      '"size_leaf_vector": "2"',
      /tree 0: leaves that are vectors \(multi_strategy=multi_output_tree\)\n[\s\S]*one_output_per_tree/,
    ],
    [
      "another booster",
      /"name":\s*"gbtree"/,
      '"name": "gbforest"',
      /the booster gbforest\n.*gbtree, dart or gblinear/,
    ],
    [
      "an objective of ranking",
      /binary:logistic/g,
      "rank:ndcg",
      /objective rank:ndcg, whose sum is neither a logit[\s\S]*offset/,
    ],
  ])("%s", async (_, from, to, words) => {
    expect(await refused({ "m.json": model((text) => text.replace(from, to)) })).toMatch(words);
  });
});

describe("PyTorch", () => {
  const saved = (module: string, name: string): { "m.pt": Uint8Array } => {
    const tensor: Pickle = reduced(global(module, name), tuple());
    return { "m.pt": savedBy(dictionary([text("user.weight"), tensor])) };
  };

  it.each([
    ["torch._utils", "_rebuild_qtensor", /a quantised tensor\n[\s\S]*tensor.dequantize\(\)/],
    ["torch._utils", "_rebuild_sparse_tensor", /a sparse tensor\n[\s\S]*tensor.to_dense\(\)/],
    [
      "torch.distributed.tensor",
      "DTensor",
      /no tensors\n.*not read: torch.distributed.tensor.DTensor: .* left closed/,
    ],
  ])("%s.%s", async (module, name, words) => {
    expect(await refused(saved(module, name))).toMatch(words);
  });
});

describe("safetensors", () => {
  function checkpoint(dtype: string): { "m.safetensors": Uint8Array } {
    const header = Buffer.from(
      JSON.stringify({
        "user.weight": { dtype, shape: [4, 2], data_offsets: [0, 8] },
        "item.weight": { dtype: "F32", shape: [4, 2], data_offsets: [8, 40] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return { "m.safetensors": Buffer.concat([length, header, Buffer.alloc(40)]) };
  }
  const told = "checkpoint: { tensors: { dot/user: user.weight } }";

  it("of float8: what was not read is named, told or not", async () => {
    expect(await refused(checkpoint("F8_E4M3"))).toMatch(/not read: user.weight: F8_E4M3, left alone/);
    expect(await refused(checkpoint("F8_E4M3"), told)).toMatch(
      /no tensor "user.weight".*F8_E4M3, left alone/,
    );
  });

  it("of int8: numbers without their scale are no weights", async () => {
    expect(await refused(checkpoint("I8"), told)).toMatch(
      /user.weight, whose int8 numbers[\s\S]*dequantised/,
    );
  });
});

describe("Vowpal Wabbit", () => {
  const model = (options: string): { "m.txt": string } => ({
    "m.txt": `Version 9.0.0\nId \nMin label:-50\nMax label:50\nbits:18\noptions: ${options}\nChecksum: 1\n:0\n12:0.5\n`,
  });

  it.each([
    "--quadratic ab",
    "--interactions abc",
    "--nn 5",
    "--oaa 3",
    "--lrq ab3",
    "--hash all",
    "--cb_adf",
  ])("%s", async (options) => {
    const [option = ""] = options === "--hash all" ? [options] : options.split(" ");
    expect(await refused(model(options))).toContain(`trained with ${option}, whose weights`);
  });
});

describe("NumPy and LightGBM", () => {
  const npy = (descr: string, shape: string, bytes: number): Uint8Array => {
    const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;
    const head = Buffer.from(`${header.padEnd(117)}\n`);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(head.length);
    return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, head, Buffer.alloc(bytes)]);
  };

  it("a sparse matrix of SciPy", async () => {
    const members = [
      { name: "indptr.npy", bytes: npy("'<i4'", "(3,)", 12) },
      { name: "format.npy", bytes: npy("'|S3'", "()", 3) },
      { name: "shape.npy", bytes: npy("'<i8'", "(2,)", 16) },
      { name: "data.npy", bytes: npy("'<f8'", "(2,)", 16) },
    ];
    expect(await refused({ "m.npz": zip(members) })).toMatch(/a sparse matrix of SciPy[\s\S]*toarray\(\)/);
  });

  it("records, and Python objects", async () => {
    expect(await refused({ "m.npy": npy("[('id', '<i8'), ('w', '<f4')]", "(2,)", 24) })).toMatch(
      /an array of records\n[\s\S]*np.save\(FILE, array\[FIELD\]\)/,
    );
    expect(await refused({ "m.npy": npy("'|O'", "(2,)", 8) })).toMatch(
      /Python objects[\s\S]*allow_pickle=False/,
    );
  });

  it("linear trees", async () => {
    const text =
      "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\nlinear_tree=1\n";
    expect(await refused({ "m.txt": text })).toMatch(
      /linear trees, whose leaves are formulas[\s\S]*linear_tree=false/,
    );
  });
});

describe("others", () => {
  it("a Spark model that is no ALS", async () => {
    const kind = "org.apache.spark.ml.classification.LogisticRegressionModel";
    expect(
      await refused({ "metadata/part-00000": `{"class":"${kind}"}`, "data/part-0.parquet": "" }),
    ).toMatch(
      /a Spark model of the class .*LogisticRegressionModel\n.*an ALSModel[\s\S]*model.coefficients.toArray/,
    );
  });

  it("an ALSModel without one of its tables", async () => {
    const metadata = '{"class":"org.apache.spark.ml.recommendation.ALSModel","rank":4}';
    expect(await refused({ "metadata/part-00000": metadata, "itemFactors/part-0.parquet": "" })).toMatch(
      /no Parquet part of userFactors beside it/,
    );
  });

  it("a binary model of fastText", async () => {
    const head = Uint8Array.of(0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0);
    expect(await refused({ "m.bin": head })).toMatch(/a binary model of fastText[\s\S]*\.vec file/);
  });
});
