import type { NewRowRule, OptimizerSpec, Precision } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import type { StateArray } from "../model/optimizers/optimizer.js";
import type { TensorReport } from "../model/record.js";
import type { BoundTable, Source } from "./bound.js";
import { type BuiltArray, STRETCH } from "./built-array.js";
import { learnedRows, mirrored, withRows } from "./built-rows.js";
import { layerOf } from "./families/family.js";
import type { RowPlan } from "./feature-rows.js";
import { newRowRule, type Rows } from "./new-rows.js";
import { buildSlots, type SlotMode } from "./slots.js";
import { openStretch } from "./stretch.js";

/** One table of the online model, with what is to be said of it. */
export interface BuiltTable {
  table: string;
  width: number;
  /** Weights and slots by name. */
  arrays: ReadonlyMap<string, BuiltArray>;
  newRow?: NewRowRule;
  report: TensorReport;
  slotReports: readonly TensorReport[];
  /** The count of updates that the slots come with. */
  steps?: number;
}

/**
 * Weights exactly, unreachable rows dropped, a row for unknown ids appended where the plan says so. Numbers are
 * made when they are asked for: no table need be held.
 */
export function buildTable(
  source: Source,
  table: BoundTable,
  plan: RowPlan | undefined,
  optimizer: OptimizerSpec,
  mode: SlotMode,
  isFolded: boolean,
  factor: { scale: number; shift: number },
  precision: Precision,
): BuiltTable {
  const { width, feature } = table;
  const tensor = source.checkpoint.tensors.get(table.tensor);
  if (tensor === undefined) throw new TypeError(`no tensor ${table.tensor}`);
  const kept = plan?.kept ?? table.rows;
  const appended = plan?.appended ?? 0;
  const scale = factor.scale * (table.sign ?? 1);
  const isSame = scale === 1 && factor.shift === 0;
  const isSmall = precision === "float32" && isSame && !isFolded && isFloat32(tensor);
  const learned = learnedRows(() => openStretch(tensor, table, source.where), {
    ...{ rows: kept, width, isSmall },
    change: isSame ? undefined : (value) => value * scale + factor.shift,
  });
  const isVector = feature !== undefined && table.term !== "linear";
  const newRow = isVector ? vectorRule(source, table, learned) : layerRule(table);
  const weights = appended > 0 ? withRows(learned, appended, newRow?.mean ?? []) : learned;
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
      [["weight", weights] as const, ...slots.arrays].map(([part, array]) => [
        part,
        plan?.isMirrored === true ? mirrored(array, TURNS.test(part) ? -1 : 1) : array,
      ]),
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

/** Over the rows that ids have; over all where rows are buckets. */
function vectorRule(source: Source, table: BoundTable, learned: BuiltArray): NewRowRule {
  const ids = source.vocabularies.get(table.feature ?? "")?.values();
  const rows = ids === undefined ? firstRows(learned.rows) : new Set(ids);
  return newRowRule(vectorsOf(learned, rows), learned.width, rows);
}

/** Reads the vectors of rows: in stretches where they come in the order in which they lie, else from all of them. */
function vectorsOf(array: BuiltArray, order: Rows): (row: number) => StateArray {
  const { rows, width } = array;
  const step = isRising(order) ? Math.max(1, Math.floor(STRETCH / width)) : rows;
  const make = array.open();
  let [first, stretch] = [0, make(0, 0)];
  return (row) => {
    if (row < first || row >= first + stretch.length / width) {
      first = row - (row % step);
      stretch = make(first, Math.min(rows, first + step));
    }
    return stretch.subarray((row - first) * width, (row - first + 1) * width);
  };
}

function isRising(rows: Iterable<number>): boolean {
  let before = -1;
  for (const row of rows) {
    if (row < before) return false;
    before = row;
  }
  return true;
}

/** As many values as a set of them would be. */
function firstRows(count: number): Rows {
  return {
    size: count,
    *[Symbol.iterator]() {
      for (let row = 0; row < count; row++) yield row;
    },
  };
}

/** Its numbers are as they are in float32. */
function isFloat32({ dtype }: Tensor): boolean {
  return /^b?float(16|32)$/.test(dtype);
}

/** The vector of a dense feature, in a policy that begins from scratch. */
const VECTOR_NOISE = 0.1;

/** No id ever makes a new row of a layer; a policy that begins from scratch starts its kernels so (He et al. 2015). */
function layerRule({ role, rows, term }: BoundTable): NewRowRule | undefined {
  if (term === "factorisation") return { noise: VECTOR_NOISE };
  const isKernel = layerOf(role)?.part === "kernel" || /\/(cross_kernel_\d+|cross_output)$/.test(role);
  return isKernel ? { noise: Math.sqrt(2 / rows) } : undefined;
}
