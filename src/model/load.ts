import { UnbatchError } from "../core/errors.js";
import type { ModelSpec } from "../core/model-spec.js";
import { tableShapes } from "../core/table-shapes.js";
import { stretchesOf, type Tensor, type TensorValues } from "../core/tensor.js";
import type { Vocabulary } from "../core/vocabulary.js";
import { type Forest, forestOf, treeTensors } from "./forest.js";
import { grownVocabulary } from "./grown-vocabulary.js";
import type { OnlineModel } from "./model.js";
import type { StateArray } from "./optimizers/optimizer.js";
import { featureSizes } from "./sizes.js";
import { ModelState } from "./state.js";
import type { Table } from "./table.js";

/** The tensor of a table's count of updates, where its optimizer uses one: [1, 1], float64. */
export const STEPS = "steps";

/**
 * A state with the model's weights and slots, and room for the new ids of a log. Tables without tensors begin by
 * their new-row rule; weights without slots get their optimizer's initial ones.
 * Errors: a tensor whose shape is not its table's.
 */
export function loadState(model: OnlineModel, newIds: ReadonlyMap<string, readonly string[]>): ModelState {
  const state = blankState(model, newIds);
  fillState(state, model);
  return state;
}

/** As it will be, but for weights and slots, which take up no memory before they are filled in. */
export function blankState(model: OnlineModel, newIds: ReadonlyMap<string, readonly string[]>): ModelState {
  const state = new ModelState(model.spec, featureSizes(model), newIds, forestsOf(model));
  for (const table of state.tables)
    table.steps = Number(model.tensors.get(`${table.name}/${STEPS}`)?.values()[0] ?? 0);
  return state;
}

/** Reads weights and slots of a blank state, wherever its tables lie by now. Errors: as loadState. */
export function fillState(state: ModelState, model: OnlineModel): void {
  startRows(model, state, (table) => model.tensors.get(`${table}/weight`)?.shape[0] ?? 0);
  for (const table of state.tables) {
    const weight = model.tensors.get(`${table.name}/weight`);
    if (weight === undefined) continue;
    copyTensor(weight, table, table.width, table.weights);
    table.optimizer.slotNames.forEach((slot, index) => {
      const tensor = model.tensors.get(`${table.name}/${slot}`);
      const array = table.slots[index];
      table.startSlot(index, tensor?.shape[0] ?? 0, table.rows);
      if (tensor !== undefined && array !== undefined) copyTensor(tensor, table, table.slotWidth, array);
    });
  }
}

/**
 * The same model as if it had never learned: every row begins by its new-row rule, seeded by its id. Trees keep their
 * splits, which are the model's inputs, and lose the values of their leaves.
 */
export function emptyState(model: OnlineModel, newIds: ReadonlyMap<string, readonly string[]>): ModelState {
  const forests = [...forestsOf(model)].map(
    ([term, forest]) => [term, { ...forest, values: forest.values.map(() => 0) }] as const,
  );
  const state = new ModelState(withoutMeans(model.spec), featureSizes(model), newIds, new Map(forests));
  startRows(model, state, () => 0);
  return state;
}

/** @param known rows of a table that have weights already. */
function startRows(model: OnlineModel, state: ModelState, known: (table: string) => number): void {
  for (const shape of model.spec.terms.flatMap((term) => tableShapes(term, model.spec))) {
    const table = state.table(shape.name);
    const feature = typeof shape.rows === "number" ? undefined : shape.rows.feature;
    const from = known(shape.name);
    const idOfRow =
      feature === undefined || from >= table.rows
        ? new Map<number, string>()
        : rowIds(model.vocabularies.get(feature));
    const unknownRow = feature === undefined ? -1 : state.rows(feature).unknownRow;
    for (let row = from; row < table.rows; row++) {
      // The unknown row stays at zero: an id that was never learned adds nothing.
      if (row === unknownRow) table.startSlots(row);
      else table.startRow(row, idOfRow.get(row) ?? `row ${row}`);
    }
  }
}

function forestsOf({ spec, tensors }: OnlineModel): Map<string, Forest> {
  return new Map(
    spec.terms.flatMap((term) =>
      term.kind === "leaves" ? [[term.name, forestOf(term, tensors)] as const] : [],
    ),
  );
}

/** New rows of a model that has learned nothing do not begin at the mean of what a checkpoint learned. */
function withoutMeans(spec: ModelSpec): ModelSpec {
  const newRows = Object.entries(spec.newRows).map(([table, { noise }]) => [table, { noise }] as const);
  return { ...spec, newRows: Object.fromEntries(newRows) };
}

/** The state at rest again: grown vocabularies and every tensor, trimmed to the rows in use. */
export function saveState(model: OnlineModel, state: ModelState): OnlineModel {
  const vocabularies = new Map(model.vocabularies);
  for (const { name, encoder } of model.spec.features) {
    if (encoder.kind === "vocabulary")
      vocabularies.set(name, grownVocabulary(vocabularies.get(name), state.rows(name)));
  }
  const tensors = new Map(treeTensors(model.tensors).map((tensor) => [tensor.name, tensor]));
  for (const table of state.tables) {
    const { precision } = state.spec.learner;
    const put = (part: string, width: number, values: StateArray): void => {
      const name = `${table.name}/${part}`;
      tensors.set(name, {
        name,
        shape: [table.rows, width],
        dtype: precision,
        values: () => table.packed(values),
        parts: () => table.packedParts(values),
      });
    };
    put("weight", table.width, table.weights);
    table.optimizer.slotNames.forEach((slot, index) => {
      const values = table.slots[index];
      if (values !== undefined) put(slot, table.slotWidth, values);
    });
    if (table.optimizer.usesStep) {
      const name = `${table.name}/${STEPS}`;
      tensors.set(name, {
        name,
        shape: [1, 1],
        dtype: "float64",
        values: () => Float64Array.of(table.steps),
      });
    }
  }
  return { ...model, spec: state.spec, vocabularies, tensors };
}

function rowIds(vocabulary: Vocabulary | undefined): Map<number, string> {
  return new Map(vocabulary?.ids.map((id, index) => [vocabulary.rows[index] ?? 0, id]));
}

function copyTensor(tensor: Tensor, table: Table, expected: number, into: StateArray): void {
  const [rows, width] = tensor.shape;
  if (tensor.shape.length !== 2 || rows === undefined || rows > table.rows || width !== expected) {
    throw new UnbatchError({
      where: `tensor ${tensor.name}`,
      found: `shape [${tensor.shape.join(", ")}]`,
      expected: `[${table.rows}, ${expected}] for table ${table.name}`,
      next: "convert the checkpoint again",
    });
  }
  for (const { from, values } of stretchesOf(tensor, width)) table.putPacked(into, from, asNumbers(values));
}

function asNumbers(values: TensorValues): StateArray {
  const isSuch = values instanceof Float32Array || values instanceof Float64Array;
  return isSuch ? values : Float64Array.from(values, Number);
}
