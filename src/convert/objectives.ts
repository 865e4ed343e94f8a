import type { Link } from "../core/model-spec.js";

/**
 * Which link makes a prediction of the sum of leaves, by the name of the training objective as XGBoost, LightGBM and
 * ONNX-ML give it. Undefined: the sum is neither a logit nor the predicted number.
 */
export function linkOfObjective(objective: string): Link | undefined {
  const [name = ""] = objective.split(/[\s:]+sigmoid|\s/);
  if (LOGISTIC.has(name)) return "logistic";
  return SQUARED.has(name) ? "squared" : undefined;
}

/** A class of several: the sum is a logit of that class only after it has learned as one. */
export function isMulticlass(objective: string): boolean {
  return /^(multi:|multiclass|softmax)/i.test(objective);
}

const LOGISTIC: ReadonlySet<string> = new Set([
  ...["binary:logistic", "binary:logitraw", "reg:logistic"],
  ...["binary", "cross_entropy", "xentropy", "multiclassova"],
  "LOGISTIC",
]);
const SQUARED: ReadonlySet<string> = new Set([
  ...["reg:squarederror", "reg:linear"],
  ...["regression", "regression_l2", "mean_squared_error", "mse"],
]);
