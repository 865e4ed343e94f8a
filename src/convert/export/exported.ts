import type { ModelSpec } from "../../core/model-spec.js";
import { type TableShape, tableShapes } from "../../core/table-shapes.js";
import type { Tensor } from "../../core/tensor.js";
import { elementCount } from "../../core/tensor.js";
import { loadState, saveState } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import type { ModelRecord } from "../../model/record.js";
import { float32Of } from "./float32.js";

/** One tensor of an export, and what it is. */
export interface ExportedTensor {
  tensor: Tensor;
  /** As in the online model. */
  table: string;
  part: string;
  shape: TableShape;
}

/** What the JSON beside the tensors says of one. */
export interface TensorDocument {
  name: string;
  shape: readonly number[];
  dtype: string;
  /** As under checkpoint.tensors of unbatch.yaml, which converts the export back. */
  role: string;
  is: string;
  /** Tensors of the checkpoint that the model was converted from. */
  from: readonly string[];
}

/**
 * Every weight of a model, rows that no tensor holds yet begun by their rule, and where `slots` is set the optimizers'
 * memory. Error: with `float32`, a weight that it does not hold.
 */
export function exportedTensors(
  model: OnlineModel,
  options: { slots: boolean; float32: boolean },
): ExportedTensor[] {
  const { spec, tensors } = saveState(model, loadState(model, new Map()));
  const shapes = shapesOf(spec);
  return [...tensors.values()].flatMap((tensor): ExportedTensor[] => {
    const at = tensor.name.lastIndexOf("/");
    const [table, part] = [tensor.name.slice(0, at), tensor.name.slice(at + 1)];
    const shape = shapes.get(table);
    if (shape === undefined || (part !== "weight" && !options.slots)) return [];
    return [{ tensor: options.float32 ? rounded(tensor) : tensor, table, part, shape }];
  });
}

/** @param named the name and the axes that the export gives a tensor, where they are not the model's. */
export function tensorDocument(
  { tensor, table, part, shape: { kind, width, rows } }: ExportedTensor,
  record: ModelRecord,
  named: Pick<Tensor, "name" | "shape"> = tensor,
): TensorDocument {
  const whose = typeof rows === "number" ? "" : ` for each row of feature ${rows.feature}`;
  const what = kind === "rows" ? `${width} numbers${whose}` : `${tensor.shape.join(" x ")} numbers`;
  return {
    ...{ name: named.name, shape: named.shape, dtype: tensor.dtype },
    role: part === "weight" ? table : `${table}, slot ${part}`,
    is: part === "weight" ? what : `optimizer slot ${part} of ${table}`,
    from: record.tensors.flatMap((one) => (one.table === table && one.name !== "" ? [one.name] : [])),
  };
}

function shapesOf(spec: ModelSpec): Map<string, TableShape> {
  const shapes = spec.terms.flatMap((term) => tableShapes(term, spec));
  return new Map(shapes.map((shape) => [shape.name, shape]));
}

function rounded(tensor: Tensor): Tensor {
  const values = float32Of(tensor);
  if (values.length !== elementCount(tensor.shape)) throw new TypeError(`${tensor.name} is not whole`);
  return { name: tensor.name, shape: tensor.shape, dtype: "float32", values: () => values };
}
