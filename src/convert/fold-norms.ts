import { UnbatchError } from "../core/errors.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import type { BoundNorm, BoundTable, Source } from "./bound.js";
import type { BuiltTable } from "./build-table.js";
import { heldArray, wholeOf } from "./built-array.js";
import { readFinite } from "./stretch.js";

/**
 * BatchNorm as it is when evaluated, y = s x + t with s = gamma / sqrt(variance + epsilon), t = beta - s mean, taken into
 * the layer beside it, in float64: what enters x W + b gives W'_ij = s_i W_ij, b'_j = b_j + sum_i t_i W_ij; what leaves
 * it gives W'_ij = W_ij s_j, b'_j = s_j b_j + t_j. Single events never change it. Error: a variance below zero.
 */
export function foldNorms(
  source: Source,
  norms: readonly BoundNorm[],
  tables: readonly BoundTable[],
  built: readonly BuiltTable[],
): BuiltTable[] {
  const byName = new Map(built.map((table) => [table.table, table]));
  for (const norm of norms) {
    const kernel = byName.get(norm.kernel);
    const weights = kernel?.arrays.get("weight");
    if (kernel === undefined || weights === undefined) throw new TypeError(`no table ${norm.kernel}`);
    const bias = byName.get(norm.bias) ?? zeroBias(norm, weights.width);
    const ofBias = bias.arrays.get("weight");
    if (ofBias === undefined) throw new TypeError(`no weights of ${norm.bias}`);
    const [values, shifts] = [wholeOf(weights), wholeOf(ofBias)];
    const { scale, shift } = affine(source, norm);
    const order = tables.find(({ table }) => table === norm.kernel)?.order;
    if (norm.side === "in") foldIn(values, shifts, scale, shift, norm.first, order);
    else foldOut(values, shifts, scale, shift);
    const note = `BatchNorm ${norm.tensors.mean.replace(/[./][^./]*$/, "")} folded in (epsilon ${norm.tensors.epsilon}); it stays as it was`;
    for (const [table, folded] of [
      [kernel, values],
      [bias, shifts],
    ] as const)
      byName.set(table.table, {
        ...table,
        arrays: new Map([...table.arrays, ["weight", heldArray(folded, table.width)]]),
        report: { ...table.report, note: table.report.note === "" ? note : `${table.report.note}; ${note}` },
      });
  }
  return [...byName.values()];
}

function foldIn(
  weights: StateArray,
  bias: StateArray,
  scale: Float64Array,
  shift: Float64Array,
  first: number,
  order: readonly number[] | undefined,
): void {
  const units = bias.length;
  for (let row = 0; row * units < weights.length; row++) {
    const input = (order?.[row] ?? row) - first;
    const [s, t] = [scale[input], shift[input]];
    if (s === undefined || t === undefined) continue;
    for (let j = 0; j < units; j++) {
      const weight = weights[row * units + j] ?? 0;
      bias[j] = (bias[j] ?? 0) + t * weight;
      weights[row * units + j] = s * weight;
    }
  }
}

function foldOut(weights: StateArray, bias: StateArray, scale: Float64Array, shift: Float64Array): void {
  const units = bias.length;
  for (let at = 0; at < weights.length; at++) weights[at] = (weights[at] ?? 0) * (scale[at % units] ?? 1);
  for (let j = 0; j < units; j++) bias[j] = (scale[j] ?? 1) * (bias[j] ?? 0) + (shift[j] ?? 0);
}

function affine(
  { checkpoint, where }: Source,
  { tensors, width }: BoundNorm,
): { scale: Float64Array; shift: Float64Array } {
  const read = (name: string | undefined, otherwise: number): Float64Array => {
    const tensor = checkpoint.tensors.get(name ?? "");
    return tensor === undefined ? new Float64Array(width).fill(otherwise) : readFinite(tensor, where);
  };
  const [gamma, beta] = [read(tensors.gamma, 1), read(tensors.beta, 0)];
  const [mean, variance] = [read(tensors.mean, 0), read(tensors.variance, 1)];
  const bad = variance.findIndex((value) => !(value + tensors.epsilon > 0));
  if (bad >= 0) {
    throw new UnbatchError({
      where: `${where}, tensor ${tensors.variance}`,
      found: `a variance of ${variance[bad]} at ${bad}`,
      expected: "variances that with epsilon are above zero",
      next: "convert a checkpoint from before the training diverged",
    });
  }
  const scale = gamma.map((value, k) => value / Math.sqrt((variance[k] ?? 1) + tensors.epsilon));
  return { scale, shift: beta.map((value, k) => value - (scale[k] ?? 1) * (mean[k] ?? 0)) };
}

/** A layer without a bias has one once BatchNorm is in it. */
function zeroBias({ bias }: BoundNorm, units: number): BuiltTable {
  const note = "the source has no bias here";
  return {
    table: bias,
    width: units,
    arrays: new Map([["weight", heldArray(new Float64Array(units), units)]]),
    report: { name: "", role: bias, table: bias, rows: 1, width: units, outcome: "transferred", note },
    slotReports: [],
  };
}
