import { UnbatchError } from "../core/errors.js";
import type { OptimizerSpec } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import { ftrlZ } from "../model/optimizers/ftrl.js";
import { createOptimizer } from "../model/optimizers/optimizer.js";
import type { TensorReport } from "../model/record.js";
import { type BoundTable, type Source, tableKind } from "./bound.js";
import { sourceOptimizer } from "./optimizers.js";
import { readStretch } from "./stretch.js";

/** `exact`: the source optimizer's memory as saved. `fresh`: as if nothing had been learned yet. */
export type SlotMode = "exact" | "fresh";

export interface BuiltSlots {
  /** By the learner's slot name, [rows, width] like the weights. */
  values: ReadonlyMap<string, Float64Array>;
  /** Numbers of a row in each: the table's, or 1. */
  width: number;
  reports: readonly TensorReport[];
}

/** The learner's slots by the names that sources give them. */
const SOURCE_NAMES: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  adagrad: { accumulator: /^(accumulator|sum)$/ },
  ftrl: { n: /^(accumulator|n)$/, z: /^(linear|z)$/ },
};

/** The slots of one table. `weights` has the kept source rows first, then appended ones, which begin fresh. */
export function buildSlots(
  source: Source,
  table: BoundTable,
  optimizer: OptimizerSpec,
  weights: Float64Array,
  kept: number,
  mode: SlotMode,
): BuiltSlots {
  const rule = createOptimizer(optimizer, tableKind(table));
  const width = rule.slotsPer === "row" ? 1 : table.width;
  const rowHeads = weights.filter((_, at) => width === table.width || at % table.width === 0);
  const values = new Map<string, Float64Array>(
    rule.slotNames.map((slot) => [slot, rowHeads.map((weight) => rule.initialSlot(slot, weight))]),
  );
  const saved = source.checkpoint.slots.find(({ tensor }) => tensor === table.tensor);
  const names = saved?.optimizer === optimizer.kind ? SOURCE_NAMES[optimizer.kind] : undefined;
  const reports: TensorReport[] = [];
  const report = (name: string, slot: string, outcome: TensorReport["outcome"], note: string): void => {
    const rows = outcome === "dropped" ? table.rows : weights.length / table.width;
    reports.push({ name, role: `slot ${slot}`, table: table.table, rows, width: table.width, outcome, note });
  };
  const used = new Set<string>();
  for (const slot of rule.slotNames) {
    const pattern = mode === "exact" ? names?.[slot] : undefined;
    const tensor = pattern === undefined ? undefined : slotNamed(saved?.slots, pattern);
    const into = values.get(slot);
    if (tensor === undefined || into === undefined) {
      const why = mode === "fresh" ? "--slots fresh" : `the checkpoint has no ${optimizer.kind} slots for it`;
      report("", slot, "re-initialised", why);
      continue;
    }
    requireShape(source, table, tensor);
    into.set(readStretch(tensor, table, kept, source.where));
    used.add(tensor.name);
    report(tensor.name, slot, "transferred", "as saved");
  }
  for (const [slot, tensor] of saved?.slots ?? []) {
    if (used.has(tensor.name)) continue;
    const why = mode === "fresh" ? "--slots fresh" : `the learner's ${optimizer.kind} has no such slot`;
    report(
      tensor.name,
      slot,
      "dropped",
      saved?.optimizer === optimizer.kind ? why : `${saved?.optimizer} slot: ${why}`,
    );
  }
  const rewritten =
    optimizer.kind === "ftrl" && used.size > 0 ? matchZ(source, optimizer, weights, values) : undefined;
  if (rewritten === undefined) return { values, width, reports };
  return {
    values,
    width,
    reports: reports.map((entry) => (entry.role === "slot z" ? { ...entry, note: rewritten } : entry)),
  };
}

/**
 * What is to be said of z, where it is more than "as saved". FTRL's weight is a function of z and n. Where rate, beta or l1, l2 are not those of the source, z is written anew
 * so that the weight stays; inside |z| <= l1 the weight says nothing about z, which is kept.
 */
function matchZ(
  source: Source,
  spec: Extract<OptimizerSpec, { kind: "ftrl" }>,
  weights: Float64Array,
  values: ReadonlyMap<string, Float64Array>,
): string | undefined {
  const n = values.get("n");
  const z = values.get("z");
  if (n === undefined || z === undefined) return undefined;
  const before = sourceOptimizer("ftrl", source.checkpoint)?.spec;
  const same = (a: number, b: number): boolean =>
    Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
  const isSame =
    before?.kind === "ftrl" &&
    same(before.rate, spec.rate) &&
    same(before.beta, spec.beta) &&
    same(before.l1, spec.l1) &&
    same(before.l2, spec.l2);
  if (isSame) return disagreement(spec, weights, n, z);
  weights.forEach((weight, index) => {
    if (weight !== 0) z[index] = ftrlZ(spec, weight, n[index] ?? 0);
  });
  return before === undefined
    ? "written anew from the weights: the checkpoint does not say what it was trained with"
    : "written anew from the weights: rate, beta, l1 or l2 are not the checkpoint's";
}

/** Saved weights that FTRL would not have: the first update of such a row jumps, so that it must be known. */
function disagreement(
  { rate, beta, l1, l2 }: Extract<OptimizerSpec, { kind: "ftrl" }>,
  weights: Float64Array,
  n: Float64Array,
  z: Float64Array,
): string | undefined {
  let largest = 0;
  weights.forEach((weight, index) => {
    const at = z[index] ?? 0;
    const scale = (beta + Math.sqrt(n[index] ?? 0)) / rate + l2;
    const own = Math.abs(at) <= l1 ? 0 : -(at - Math.sign(at) * l1) / scale;
    largest = Math.max(largest, Math.abs(weight - own));
  });
  return largest <= 1e-5
    ? undefined
    : `as saved, though FTRL's own weights differ from the saved ones by up to ${largest.toPrecision(2)}`;
}

function slotNamed(slots: ReadonlyMap<string, Tensor> | undefined, pattern: RegExp): Tensor | undefined {
  for (const [name, tensor] of slots ?? []) {
    if (pattern.test(name.split(/[./]/).at(-1) ?? name)) return tensor;
  }
  return undefined;
}

function requireShape(source: Source, table: BoundTable, slot: Tensor): void {
  const shape = source.checkpoint.tensors.get(table.tensor)?.shape ?? [];
  if (shape.length === slot.shape.length && shape.every((size, axis) => size === slot.shape[axis])) return;
  throw new UnbatchError({
    where: `${source.where}, tensor ${slot.name}`,
    found: `shape [${slot.shape.join(", ")}] as an optimizer slot of ${table.tensor}`,
    expected: `[${shape.join(", ")}], the shape of the weights`,
    next: "convert with --slots fresh",
  });
}
