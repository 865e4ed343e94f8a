import { type Precision, tableName } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import { forestTensors } from "../model/forest.js";
import type { TensorReport } from "../model/record.js";
import type { Bound } from "./bound.js";
import { heldArray } from "./built-array.js";
import { stateTensor } from "./state-tensor.js";

/** What the online model has and no tensor of the source: a bias of its own, and trees. */
export function addedTensors(
  { bias, leaves, calibration }: Bound,
  precision: Precision,
): { tensors: Tensor[]; reports: TensorReport[] } {
  const tensors: Tensor[] = [];
  const reports: TensorReport[] = [];
  if (bias !== undefined) {
    const table = tableName("bias");
    tensors.push(stateTensor(`${table}/weight`, heldArray(Float64Array.of(bias), 1), precision));
    const note = leaves === undefined ? "the shift of the calibration" : "the base margin";
    reports.push({ name: "", role: "bias", table, rows: 1, width: 1, outcome: "transferred", note });
  }
  if (leaves !== undefined) {
    const { spec, forest } = leaves;
    tensors.push(...forestTensors(spec.name, forest));
    const scaled = calibration.scale === 1 ? "" : ` times ${calibration.scale}`;
    reports.push({
      ...{ name: "trees", role: "leaves", table: tableName(spec.name), rows: spec.leaves, width: 1 },
      outcome: "transferred",
      note: `${spec.trees} trees: splits frozen, leaf values${scaled} with what is learned on top, from 0`,
    });
  }
  return { tensors, reports };
}
