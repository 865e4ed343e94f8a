import { UnbatchError } from "../core/errors.js";
import type { OptimizerSpec } from "../core/model-spec.js";
import type { Tensor } from "../core/tensor.js";
import { createOptimizer, type Optimizer } from "../model/optimizers/optimizer.js";
import type { TensorReport } from "../model/record.js";
import { type BoundTable, type Source, tableKind } from "./bound.js";
import type { BuiltArray } from "./built-array.js";
import type { OptimizerSlots } from "./checkpoint.js";
import { matchZ } from "./ftrl-slots.js";
import { hyperparameter } from "./optimizers.js";
import { gradientRatio, rescale } from "./rescale.js";
import { openStretch, type ReadRows } from "./stretch.js";

/**
 * `exact`: the source optimizer's memory as saved. `rescaled`: as gradients of the learner's size would have left it.
 * `fresh`: as if nothing had been learned yet.
 */
export type SlotMode = "exact" | "rescaled" | "fresh";

export interface BuiltSlots {
  /** By the learner's slot name: of the weights' rows, and of their width or of one number a row. */
  arrays: ReadonlyMap<string, BuiltArray>;
  /** Updates that the source's optimizer had made, where the slots that were taken are of so many. */
  steps?: number;
  reports: readonly TensorReport[];
}

/** The learner's slots by the names that sources give them. */
const SOURCE_NAMES: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  adagrad: { accumulator: /^(accumulator|sum)$/ },
  adam: { m: /^(m|exp_avg)$/, v: /^(v|exp_avg_sq)$/ },
  sgd: { momentum: /^momentum$/ },
  ftrl: { n: /^(accumulator|n)$/, z: /^(linear|z)$/ },
};

/** The slots of one table. `weights` has the kept source rows first, then appended ones, which begin fresh. */
export function buildSlots(
  source: Source,
  table: BoundTable,
  optimizer: OptimizerSpec,
  weights: BuiltArray,
  kept: number,
  mode: SlotMode,
  whyFresh = "--slots fresh",
): BuiltSlots {
  const rule = createOptimizer(optimizer, tableKind(table));
  const initial = new Map(rule.slotNames.map((slot) => [slot, freshSlot(rule, slot, weights)]));
  const arrays = new Map(initial);
  const saved = source.checkpoint.slots.find(({ tensor }) => tensor === table.tensor);
  const names = saved?.optimizer === optimizer.kind ? SOURCE_NAMES[optimizer.kind] : undefined;
  const reports: TensorReport[] = [];
  const report = (name: string, slot: string, outcome: TensorReport["outcome"], note: string): void => {
    const rows = outcome === "dropped" ? table.rows : weights.rows;
    reports.push({ name, role: `slot ${slot}`, table: table.table, rows, width: table.width, outcome, note });
  };
  const used = new Set<string>();
  let steps = sourceSteps(source, saved);
  // Adam's moments mean nothing without the count that corrects their bias.
  const lacksSteps = optimizer.kind === "adam" && names !== undefined && steps === undefined;
  for (const slot of rule.slotNames) {
    const pattern = mode !== "fresh" && !lacksSteps ? names?.[slot] : undefined;
    const tensor = pattern === undefined ? undefined : slotNamed(saved?.slots, pattern);
    const fresh = arrays.get(slot);
    if (tensor === undefined || fresh === undefined) {
      const lack = lacksSteps ? "count of updates" : `${optimizer.kind} slots`;
      const why = mode === "fresh" ? whyFresh : `the checkpoint has no ${lack} for it`;
      report("", slot, "re-initialised", why);
      continue;
    }
    requireShape(source, table, tensor);
    arrays.set(
      slot,
      savedSlot(fresh, kept, () => openStretch(tensor, table, source.where)),
    );
    used.add(tensor.name);
    const counted = optimizer.kind === "adam" ? ` after ${steps} updates` : "";
    report(tensor.name, slot, "transferred", `as saved${counted}`);
  }
  for (const [slot, tensor] of saved?.slots ?? []) {
    if (used.has(tensor.name)) continue;
    const why = mode === "fresh" ? whyFresh : `the learner's ${optimizer.kind} has no such slot`;
    report(
      tensor.name,
      slot,
      "dropped",
      saved?.optimizer === optimizer.kind ? why : `${saved?.optimizer} slot: ${why}`,
    );
  }
  let scaled: string | undefined;
  const isScaled = mode === "rescaled" && used.size > 0 && gradientRatio(source) !== 1;
  if (mode === "rescaled" && used.size > 0) {
    const rescaled = rescale(source, table, optimizer, arrays, initial, kept, steps);
    for (const [slot, array] of rescaled.arrays) arrays.set(slot, array);
    scaled = rescaled.note;
    steps = rescaled.steps;
  }
  let rewritten: string | undefined;
  const [n, z] = [arrays.get("n"), arrays.get("z")];
  if (optimizer.kind === "ftrl" && used.size > 0 && n !== undefined && z !== undefined) {
    const matched = matchZ(source, optimizer, weights, n, z, isScaled);
    arrays.set("z", matched.z);
    rewritten = matched.note;
  }
  const ownSteps = rule.usesStep && used.size > 0 ? steps : undefined;
  const noteOf = ({ role, outcome, note }: TensorReport): string => {
    if (outcome !== "transferred") return note;
    return role === "slot z" ? (rewritten ?? note) : (scaled ?? note);
  };
  return {
    arrays,
    reports: reports.map((entry) => ({ ...entry, note: noteOf(entry) })),
    ...(ownSteps === undefined ? {} : { steps: ownSteps }),
  };
}

/** Of weights that have learned nothing. */
function freshSlot({ slotsPer, initialSlot }: Optimizer, slot: string, weights: BuiltArray): BuiltArray {
  const width = slotsPer === "row" ? 1 : weights.width;
  const stride = weights.width / width;
  return {
    ...{ rows: weights.rows, width },
    open() {
      const make = weights.open();
      return (from, to) => {
        const of = make(from, to);
        const values = new Float64Array((to - from) * width);
        for (let at = 0; at < values.length; at++) values[at] = initialSlot(slot, of[at * stride] ?? 0);
        return values;
      };
    },
  };
}

/** Of the first `kept` rows as saved, of the others fresh. */
function savedSlot(fresh: BuiltArray, kept: number, openSaved: () => ReadRows): BuiltArray {
  const { rows, width } = fresh;
  return {
    ...{ rows, width },
    open() {
      const [read, make] = [openSaved(), fresh.open()];
      return (from, to) => {
        const values = to <= kept ? new Float64Array((to - from) * width) : make(from, to);
        if (from < kept) read(from, Math.min(to, kept), values);
        return values;
      };
    },
  };
}

/** The tensor's own count, or the one that the whole optimizer has. */
function sourceSteps(
  { checkpoint }: Source,
  saved: { optimizer: OptimizerSlots["optimizer"]; steps?: number } | undefined,
): number | undefined {
  if (saved === undefined) return undefined;
  return (
    saved.steps ??
    hyperparameter(checkpoint, saved.optimizer, /^(iter|_?iterations?|global_step|step)$/)?.value
  );
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
