import { checkOptimizerSettings } from "../config/check-optimizers.js";
import { bagSpec, emptyEncoderSpec } from "../config/encoder-spec.js";
import { negativesOf } from "../config/negatives.js";
import { UnbatchError } from "../core/errors.js";
import type { FeatureSpec, ModelSpec, NewRowRule, Precision, TermSpec } from "../core/model-spec.js";
import { learnerKeys, optimizerOf, tableShapes } from "../core/table-shapes.js";
import type { Tensor } from "../core/tensor.js";
import type { Vocabulary } from "../core/vocabulary.js";
import { STEPS } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import type { TensorReport } from "../model/record.js";
import { addedTensors } from "./added-tensors.js";
import { type Bound, type Source, tableKind } from "./bound.js";
import { buildTable } from "./build-table.js";
import { heldArray } from "./built-array.js";
import { factorOf } from "./calibration.js";
import { decayedByEvent } from "./decay.js";
import { planRows, type RowPlan } from "./feature-rows.js";
import { foldNorms } from "./fold-norms.js";
import { headLayers } from "./head-layers.js";
import { layerOptimizer, wordOptimizers } from "./layer-optimizers.js";
import { type ChosenOptimizer, chooseOptimizer } from "./optimizers.js";
import type { SlotMode } from "./slots.js";
import { readThrough, stateTensor } from "./state-tensor.js";

export interface Built {
  model: OnlineModel;
  optimizers: readonly ChosenOptimizer[];
  /** One entry a weight tensor of the source or a table that has none there. */
  tensors: readonly TensorReport[];
  /** One entry an optimizer slot. */
  slots: readonly TensorReport[];
}

/**
 * The online model of a bound checkpoint: weights exactly, slots by `mode`, vocabularies as they are. Its numbers are made
 * from the source's each time they are read. Errors: numbers that are not finite, or that its precision cannot hold.
 */
export function build(source: Source, bound: Bound, mode: SlotMode, precision: Precision): Built {
  const { config, checkpoint, recognised } = source;
  const optimizers = bound.terms.flatMap((term) => {
    const tensors = bound.tables.filter((table) => table.term === term.name).map(({ tensor }) => tensor);
    const found = chooseOptimizer(term.name, tensors, checkpoint, config.learner, source.where);
    const chosen = mode === "rescaled" ? decayedByEvent(source, bound, found) : found;
    if (recognised.family === "word-features") return wordOptimizers(term, chosen, config.learner);
    const layers = layerOptimizer(term, chosen, config.learner, headLayers(source, bound, term.name));
    return [chosen, ...layers];
  });
  refuseOtherTerms(source, bound.terms);
  refuseIdleSettings(source, bound.terms);
  const plans = planFeatures(source, bound);
  const learner = {
    link: config.model?.link ?? bound.link ?? ("logistic" as const),
    optimizers: Object.fromEntries(optimizers.map(({ term, spec }) => [term, spec])),
    batchSize: config.learner.batchSize,
    precision,
    seed: config.learner.seed,
    ...negativesOf(config),
  };
  const folded = new Set(bound.norms.flatMap(({ kernel, bias }) => [kernel, bias]));
  const unfolded = bound.tables.map((table) => {
    const place = { name: table.table, term: table.term, kind: tableKind(table) };
    const optimizer = optimizerOf(learner.optimizers, place) ?? { kind: "frozen" };
    return buildTable(
      source,
      table,
      table.feature === undefined ? undefined : plans.get(table.feature),
      optimizer,
      mode,
      folded.has(table.table),
      factorOf(bound, table),
      precision,
    );
  });
  const parts = foldNorms(source, bound.norms, bound.tables, unfolded);
  const layerBiases = missingBiases(bound, folded);
  const newRows: Record<string, NewRowRule> = {};
  for (const { table, newRow } of parts) if (newRow !== undefined) newRows[table] = newRow;
  const spec: ModelSpec = {
    family: recognised.family,
    features: config.features.map(({ name, column, encoder, bag }): FeatureSpec => {
      const planned = plans.get(name)?.encoder;
      const ofBag = bag === undefined ? {} : { bag: bagSpec(bag) };
      if (planned !== undefined) return { name, column: column ?? name, encoder: planned, ...ofBag };
      // Trees keep no rows for ids: theirs are codes of categories.
      if (encoder.kind === "vocabulary" && bound.leaves === undefined)
        throw new TypeError(`feature ${name} has no row plan`);
      return { name, column: column ?? name, encoder: emptyEncoderSpec(encoder), ...ofBag };
    }),
    terms: bound.terms,
    learner,
    newRows,
  };
  const tensors = new Map<string, Tensor>();
  for (const { table, arrays, steps, report } of parts) {
    if (steps !== undefined) {
      const tensor = stateTensor(`${table}/${STEPS}`, heldArray(Float64Array.of(steps), 1), "float64");
      tensors.set(tensor.name, tensor);
    }
    for (const [part, array] of arrays) {
      const tensor = stateTensor(`${table}/${part}`, array, precision, report.name);
      tensors.set(tensor.name, tensor);
    }
  }
  for (const tensor of tensors.values()) readThrough(tensor);
  const added = addedTensors(bound, precision);
  for (const tensor of added.tensors) tensors.set(tensor.name, tensor);
  const dropped = recognised.unused.map((name): TensorReport => {
    const [rows = 1, width = 1] = checkpoint.tensors.get(name)?.shape ?? [];
    return {
      name,
      role: "",
      table: "",
      rows,
      width,
      outcome: "dropped",
      note: recognised.otherHeads.length > 0 ? "of another output" : "no role under checkpoint.tensors",
    };
  });
  return {
    model: { spec, vocabularies: vocabulariesOf(source), tensors },
    optimizers,
    tensors: [...parts.map(({ report }) => report), ...layerBiases, ...added.reports, ...dropped],
    slots: parts.flatMap(({ slotReports }) => slotReports),
  };
}

function planFeatures(source: Source, bound: Bound): Map<string, RowPlan> {
  const plans = new Map<string, RowPlan>();
  for (const feature of source.config.features) {
    const tables = bound.tables.filter((table) => table.feature === feature.name);
    if (tables.length > 0) plans.set(feature.name, planRows(source, feature, tables));
  }
  return plans;
}

/** Layers that the source has without a bias: theirs begins at zero. */
function missingBiases({ terms, tables }: Bound, folded: ReadonlySet<string>): TensorReport[] {
  const have = new Set(tables.map(({ table }) => table));
  const features: ModelSpec["features"] = [];
  return terms
    .flatMap((term) => tableShapes(term, { features }))
    .flatMap(({ name, width }): TensorReport[] => {
      if (!/\/(cross_)?bias_\d+$/.test(name) || have.has(name) || folded.has(name)) return [];
      const note = "the source has no bias here: it begins at zero";
      return [{ name: "", role: name, table: name, rows: 1, width, outcome: "re-initialised", note }];
    });
}

function vocabulariesOf({ vocabularies }: Source): Map<string, Vocabulary> {
  return new Map(
    [...vocabularies].map(([feature, rowOf]) => {
      const entries = [...rowOf].sort(([, a], [, b]) => a - b);
      const vocabulary: Vocabulary = {
        ids: entries.map(([id]) => id),
        rows: Int32Array.from(entries, ([, row]) => row),
        counts: new Float64Array(entries.length),
      };
      return [feature, vocabulary];
    }),
  );
}

function refuseOtherTerms({ config, where }: Source, terms: readonly TermSpec[]): void {
  const names = terms.flatMap(learnerKeys);
  const other = Object.keys(config.learner.terms).filter((name) => !names.includes(name));
  if (other.length === 0) return;
  throw new UnbatchError({
    where: "learner.terms of unbatch.yaml",
    found: `${other.join(", ")}, which the model of ${where} does not have`,
    expected: `some of ${names.join(", ")}`,
  });
}

/** What could not be told of unbatch.yaml alone, where the terms are the checkpoint's. */
function refuseIdleSettings({ config }: Source, terms: readonly TermSpec[]): void {
  const [problem] = checkOptimizerSettings(config.learner, ["learner"], terms);
  if (problem === undefined) return;
  const { path, found, expected } = problem;
  throw new UnbatchError({ where: `${path.join(".")} of unbatch.yaml`, found, expected });
}
