import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint } from "../../checkpoint.js";
import type { Trees } from "../../trees.js";
import { type Json, type JsonObject, member } from "../json.js";
import { malformed } from "../malformed.js";
import { BY_OFFSET, unsupported } from "../unsupported.js";
import { readTree } from "./tree.js";

const MAX_OUTPUTS = 100_000;
const MAX_FEATURES = 100_000_000;
type Parts = Omit<Checkpoint, "format">;

/** The `learner` of an XGBoost model (demo/json-model): boosted trees (gbtree, dart), or weights (gblinear). */
export function readLearner(learner: JsonObject, file: string): Parts {
  const parameters = member(learner, "learner_model_param");
  const features = natural(member(parameters, "num_feature"), "num_feature", MAX_FEATURES, file);
  const classes = natural(member(parameters, "num_class") ?? "0", "num_class", MAX_OUTPUTS, file);
  const targets = natural(member(parameters, "num_target") ?? "1", "num_target", MAX_OUTPUTS, file);
  const outputs = Math.max(classes, targets, 1);
  const objective = String(member(learner, "objective", "name") ?? "");
  const shared = {
    features,
    outputs,
    objective,
    baseMargins: baseMargins(member(parameters, "base_score"), objective, outputs, file),
  };
  const empty = { slots: [], vocabularies: new Map(), hyperparameters: new Map() };
  const booster = member(learner, "gradient_booster");
  const name = member(booster, "name");
  switch (name) {
    case "gbtree":
    case "dart": {
      const names = member(learner, "feature_names");
      const featureNames = Array.isArray(names) ? names.map(String) : [];
      const trees = readTrees(booster, { ...shared, featureNames }, file);
      return { ...empty, tensors: new Map(), trees, notes: [`objective ${objective}`] };
    }
    case "gblinear":
      return { ...empty, ...readWeights(booster, shared, file) };
    default:
      throw unsupported(
        file,
        `the booster ${String(name).slice(0, 80)}`,
        "gbtree, dart or gblinear",
        `train with one of these, or ${BY_OFFSET}`,
      );
  }
}

function readTrees(
  booster: Json | undefined,
  shared: Pick<Trees, "features" | "outputs" | "objective" | "baseMargins" | "featureNames">,
  file: string,
): Trees {
  const isDart = member(booster, "name") === "dart";
  const model = member(booster, ...(isDart ? ["gbtree", "model"] : ["model"]));
  const [list, info] = [member(model, "trees"), member(model, "tree_info")];
  if (!Array.isArray(list) || !Array.isArray(info) || info.length !== list.length)
    throw malformed(file, 0, "trees without a tree_info each", "one output a tree");
  const dropped = member(booster, "weight_drop");
  return {
    ...shared,
    comparison: "float32-less",
    listedCategories: "right",
    isAverage: false,
    trees: list.map((tree, index) => {
      const output = Number(info[index]);
      if (!Number.isSafeInteger(output) || output < 0 || output >= shared.outputs)
        throw malformed(file, 0, `tree ${index} of output ${output}`, `one of ${shared.outputs}`);
      const weight = isDart ? Number(Array.isArray(dropped) ? dropped[index] : Number.NaN) : 1;
      return readTree(tree, { index, output, weight, features: shared.features }, file);
    }),
  };
}

/** gblinear: a row of weights a feature, then the biases; the base score goes into the biases. */
function readWeights(
  booster: Json | undefined,
  {
    features,
    outputs,
    objective,
    baseMargins: base,
  }: Pick<Trees, "features" | "outputs" | "objective" | "baseMargins">,
  file: string,
): Pick<Parts, "tensors" | "notes"> {
  const weights = member(booster, "model", "weights");
  if (!Array.isArray(weights) || weights.length !== (features + 1) * outputs)
    throw malformed(file, 0, "weights of another length", `${(features + 1) * outputs}: features and a bias`);
  const values = Float64Array.from(weights, Number);
  const bias = values.slice(features * outputs).map((value, output) => value + (base[output] ?? 0));
  const tensor = (name: string, shape: number[], numbers: Float64Array): [string, Tensor] => [
    name,
    { name, shape, dtype: "float64", values: () => numbers },
  ];
  return {
    tensors: new Map([
      tensor("weight", [features, outputs], values.slice(0, features * outputs)),
      tensor("bias", [outputs], bias),
    ]),
    notes: [`objective ${objective}; the base score is part of bias`],
  };
}

/** base_score is on the scale of the prediction: "5E-1", or "[5E-1]" since 3.1, one or one an output. */
function baseMargins(
  value: Json | undefined,
  objective: string,
  outputs: number,
  file: string,
): Float64Array {
  const listed = Array.isArray(value) ? value.map(Number) : splitNumbers(String(value ?? ""));
  if (
    listed.length === 0 ||
    !listed.every(Number.isFinite) ||
    (listed.length > 1 && listed.length !== outputs)
  )
    throw malformed(
      file,
      0,
      `base_score ${JSON.stringify(String(value)).slice(0, 80)}`,
      "one number, or one an output",
    );
  return Float64Array.from({ length: outputs }, (_, output) => {
    const score = Math.fround(listed.length === 1 ? (listed[0] ?? 0) : (listed[output] ?? 0));
    if (/^(binary:logistic|reg:logistic|binary:logitraw)$/.test(objective)) {
      // logitraw keeps its base score as a probability since 1.x, too.
      return Math.log(score / (1 - score));
    }
    return /^(count:poisson|reg:gamma|reg:tweedie|survival:(cox|aft))$/.test(objective)
      ? Math.log(score)
      : score;
  });
}

function splitNumbers(text: string): number[] {
  return text
    .replace(/^\[|\]$/g, "")
    .split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
}

function natural(value: Json | undefined, name: string, most: number, file: string): number {
  const number = typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= 0 && number <= most) return number;
  throw malformed(file, 0, `${name} ${String(value).slice(0, 80)}`, `a number of at most ${most}`);
}
