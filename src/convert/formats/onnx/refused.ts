import { BY_OFFSET, unsupported } from "../unsupported.js";
import type { OnnxGraph, OnnxNode } from "./graph.js";

/** Operators on whole numbers that stand for real ones (ONNX, and ONNX Runtime's com.microsoft). */
const QUANTISED =
  /^(Dynamic)?(De)?[Qq]uantize(Linear|MatMul)$|^(MatMul|Conv)Integer|^QLinear|^Q(Gemm|Attention)$|^MatMulNBits$/;
/** Models of ONNX-ML that are no linear model and no trees as they are read here. */
const OTHER_MODEL = /^(SVMClassifier|SVMRegressor|TreeEnsemble)$/;
const MODEL = /^(Linear(Classifier|Regressor)|TreeEnsemble(Classifier|Regressor))$/;
/** What may stand between the columns and such a model: numbers stay as they are, in their order. */
const CARRIES = /^(Cast|Identity|Concat|FeatureVectorizer|Reshape|Flatten|Squeeze|Unsqueeze)$/;

/**
 * Errors, by the operator's name: quantised weights; a model of ONNX-ML that is not read; columns that are scaled,
 * encoded or imputed before such a model reads them, which the weights alone do not show.
 */
export function refuseOperators({ nodes }: OnnxGraph, file: string): void {
  for (const node of nodes) {
    const where = `${file}, node ${node.name === "" ? (node.outputs[0] ?? "") : node.name}`;
    if (QUANTISED.test(node.operator))
      throw unsupported(
        where,
        `${node.operator}: a quantised model`,
        "weights as real numbers",
        "export the model as it was before it was quantised",
      );
    if (OTHER_MODEL.test(node.operator))
      throw unsupported(
        where,
        `${node.operator}, of which no online model is made`,
        "LinearClassifier, LinearRegressor, TreeEnsembleClassifier or TreeEnsembleRegressor, or a network",
        node.operator === "TreeEnsemble" ? "export with ai.onnx.ml of version 3" : BY_OFFSET,
      );
    const before = MODEL.test(node.operator) ? changedBefore(node, nodes) : undefined;
    if (before !== undefined)
      throw unsupported(
        where,
        `${node.operator} on what ${before.operator} makes of the columns`,
        "a model that reads the columns as they are",
        "export the model without the steps before it, and give their means, scales and categories to the encoders of unbatch.yaml",
      );
  }
}

/** The first operator below a model that changes numbers. O(nodes). */
function changedBefore(model: OnnxNode, nodes: readonly OnnxNode[]): OnnxNode | undefined {
  const giver = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const seen = new Set<OnnxNode>();
  const open = model.inputs.slice(0, 1);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = giver.get(name);
    if (node === undefined || seen.has(node) || node.operator === "Constant") continue;
    seen.add(node);
    if (!CARRIES.test(node.operator)) return node;
    open.push(...node.inputs);
  }
  return undefined;
}
