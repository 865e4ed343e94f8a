import type { Tensor } from "../../../core/tensor.js";
import type { OnnxNode } from "./graph.js";
import type { OnnxFile } from "./message.js";

/**
 * LinearClassifier and LinearRegressor (ai.onnx.ml): `coefficients` row by row, a row an output, and `intercepts`.
 * Error: coefficients that do not make whole rows.
 */
export function readLinearModels(nodes: readonly OnnxNode[], file: OnnxFile): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { operator, name, message, attributes } of nodes) {
    if (!operator.startsWith("Linear")) continue;
    const coefficients = attributes.get("coefficients")?.numbers ?? [];
    const intercepts = attributes.get("intercepts")?.numbers ?? [];
    const labels =
      attributes.get("classlabels_ints")?.numbers ?? attributes.get("classlabels_strings")?.texts;
    const rows = attributes.get("targets")?.numbers[0] ?? (intercepts.length || labels?.length || 1);
    if (rows < 1 || coefficients.length % rows !== 0 || coefficients.length === 0)
      throw file.bad(message, `${coefficients.length} coefficients`, `whole rows for ${rows} outputs`);
    const prefix = name === "" ? "" : `${name}/`;
    const add = (part: string, shape: number[], numbers: readonly number[]): void => {
      const full = `${prefix}${part}`;
      tensors.set(full, { name: full, shape, dtype: "float32", values: () => Float32Array.from(numbers) });
    };
    add("coefficients", [rows, coefficients.length / rows], coefficients);
    if (intercepts.length > 0) add("intercepts", [intercepts.length], intercepts);
  }
  return tensors;
}
