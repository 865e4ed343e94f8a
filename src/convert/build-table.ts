import type { NewRowRule, OptimizerSpec } from "../core/model-spec.js";
import type { TensorReport } from "../model/record.js";
import type { BoundTable, Source } from "./bound.js";
import { layerOf } from "./families/family.js";
import type { RowPlan } from "./feature-rows.js";
import { newRowRule } from "./new-rows.js";
import { buildSlots, type SlotMode } from "./slots.js";
import { readStretch } from "./stretch.js";

/** One table of the online model, with what is to be said of it. */
export interface BuiltTable {
  table: string;
  width: number;
  /** Weights and slots by name, with the numbers of a row in each. */
  arrays: ReadonlyMap<string, { values: Float64Array; width: number }>;
  newRow?: NewRowRule;
  report: TensorReport;
  slotReports: readonly TensorReport[];
  /** The count of updates that the slots come with. */
  steps?: number;
}

/** Weights exactly, unreachable rows dropped, a row for unknown ids appended where the plan says so. */
export function buildTable(
  source: Source,
  table: BoundTable,
  plan: RowPlan | undefined,
  optimizer: OptimizerSpec,
  mode: SlotMode,
  isFolded: boolean,
  factor: { scale: number; shift: number },
): BuiltTable {
  const { width, feature } = table;
  const tensor = source.checkpoint.tensors.get(table.tensor);
  if (tensor === undefined) throw new TypeError(`no tensor ${table.tensor}`);
  const kept = plan?.kept ?? table.rows;
  const appended = plan?.appended ?? 0;
  const weights = new Float64Array((kept + appended) * width);
  const scale = factor.scale * (table.sign ?? 1);
  weights.set(readStretch(tensor, table, kept, source.where).map((w) => w * scale + factor.shift));
  const isVector = feature !== undefined && table.term !== "linear";
  const newRow = isVector ? vectorRule(source, table, weights, kept) : layerRule(table);
  if (appended > 0 && newRow !== undefined) weights.set(newRow.mean ?? [], kept * width);
  // Slots are of gradients of the weights as they were saved.
  const changed = isFolded
    ? "of weights before BatchNorm was folded in"
    : factor.scale === 1
      ? undefined
      : "of weights before they were scaled";
  const slotMode = changed === undefined ? mode : "fresh";
  const slots = buildSlots(source, table, optimizer, weights, kept, slotMode, changed);
  const notes: string[] = [];
  if (factor.scale !== 1) notes.push(`times ${factor.scale}`);
  if (factor.shift !== 0) notes.push(`plus ${factor.shift}`);
  notes.push(...(plan?.notes ?? []));
  if (table.rows > kept)
    notes.push(`${table.rows - kept} of ${table.rows} rows dropped: no value reaches them`);
  if (appended > 0) notes.push(`1 row appended for unknown ids (${isVector ? "the mean" : "zero"})`);
  if (plan?.isMirrored === true) notes.push("and once more with the other sign, for values that hash to it");
  const isFrozen = optimizer.kind === "frozen";
  return {
    table: table.table,
    width,
    arrays: new Map(
      [
        ["weight", { values: weights, width }] as const,
        ...[...slots.values].map(([slot, values]) => [slot, { values, width: slots.width }] as const),
      ].map(([part, array]) => [part, plan?.isMirrored === true ? mirrored(part, array) : array]),
    ),
    ...(newRow === undefined ? {} : { newRow }),
    report: {
      ...{
        name: table.tensor,
        role: table.role,
        table: table.table,
        rows: (kept + appended) * (plan?.isMirrored === true ? 2 : 1),
        width,
      },
      outcome: isFrozen ? "frozen" : "transferred",
      note: notes.join("; "),
    },
    ...(slots.steps === undefined ? {} : { steps: slots.steps }),
    slotReports: slots.reports,
  };
}

/** Arrays that turn round with their weight; sums of squares do not. */
const TURNS = /^(weight|z|m|momentum)$/;

/** The rows, and once more those of the negated weights: what learning gives for inputs of -1. */
function mirrored(
  part: string,
  { values, width }: { values: Float64Array; width: number },
): { values: Float64Array; width: number } {
  const both = new Float64Array(2 * values.length);
  both.set(values);
  const sign = TURNS.test(part) ? -1 : 1;
  both.set(
    values.map((value) => sign * value),
    values.length,
  );
  return { values: both, width };
}

/** Over the rows that ids have; over all where rows are buckets. */
function vectorRule(source: Source, table: BoundTable, weights: Float64Array, kept: number): NewRowRule {
  const ids = source.vocabularies.get(table.feature ?? "")?.values();
  return newRowRule(weights, table.width, ids ?? Array.from({ length: kept }, (_, row) => row));
}

/** The vector of a dense feature, in a policy that begins from scratch. */
const VECTOR_NOISE = 0.1;

/** No id ever makes a new row of a layer; a policy that begins from scratch starts its kernels so (He et al. 2015). */
function layerRule({ role, rows, term }: BoundTable): NewRowRule | undefined {
  if (term === "factorisation") return { noise: VECTOR_NOISE };
  const isKernel = layerOf(role)?.part === "kernel" || /\/(cross_kernel_\d+|cross_output)$/.test(role);
  return isKernel ? { noise: Math.sqrt(2 / rows) } : undefined;
}
