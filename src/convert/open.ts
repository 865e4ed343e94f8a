import type { FileTree } from "../core/bytes.js";
import { UnbatchError } from "../core/errors.js";
import type { Checkpoint, CheckpointReader } from "./checkpoint.js";
import { checkNames } from "./formats/check-names.js";
import { keras } from "./formats/keras/reader.js";
import { lightgbm } from "./formats/lightgbm/reader.js";
import { linearJson } from "./formats/linear-json/reader.js";
import { numpy } from "./formats/numpy/reader.js";
import { onnx } from "./formats/onnx/reader.js";
import { pickle } from "./formats/pickle/reader.js";
import { pytorch } from "./formats/pytorch/reader.js";
import { safetensors } from "./formats/safetensors/reader.js";
import { sparkAls } from "./formats/spark-als/reader.js";
import { tensorflow } from "./formats/tensorflow/reader.js";
import { tfjs } from "./formats/tfjs/reader.js";
import { vowpalWabbit } from "./formats/vowpal-wabbit/reader.js";
import { wordVectors } from "./formats/word-vectors/reader.js";
import { xgboost } from "./formats/xgboost/reader.js";

/**
 * Every format, one reader each; the first that recognises the files reads them. Those that go by a magic number come
 * before those that go by their text; pickles, which are refused, come last.
 */
export const readers: readonly CheckpointReader[] = [
  tensorflow,
  sparkAls,
  pytorch,
  keras,
  safetensors,
  numpy,
  onnx,
  xgboost,
  lightgbm,
  tfjs,
  linearJson,
  vowpalWabbit,
  wordVectors,
  pickle,
];

/** Error: files of a kind that no reader knows, with what they begin with. */
export async function openCheckpoint(tree: FileTree): Promise<Checkpoint> {
  const reader = readers.find((one) => one.recognises(tree));
  if (reader !== undefined) {
    const checkpoint = await reader.read(tree);
    checkNames(checkpoint.tensors.keys(), tree.path);
    return checkpoint;
  }
  throw new UnbatchError({
    where: tree.path,
    found: describeFiles(tree),
    expected:
      "a checkpoint of PyTorch, TensorFlow, Keras, TensorFlow.js, safetensors, ONNX, XGBoost, LightGBM, NumPy, Spark ALS, Vowpal Wabbit, word2vec or GloVe",
    next: "save the model in one of these forms (docs/formats.md); of several in a folder name the one",
  });
}

function describeFiles(tree: FileTree): string {
  const names = tree.list();
  const named = tree.path.replace(/^.*[\\/]/, "");
  const name = names.includes(named) ? named : names.length === 1 ? names[0] : undefined;
  if (name === undefined)
    return `${names.length} files: ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", ..." : ""}`;
  const source = tree.open(name);
  const head = source.read(0, Math.min(8, source.size));
  const hex = Array.from(head, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${source.size} bytes that begin with ${hex === "" ? "nothing" : hex}`;
}
