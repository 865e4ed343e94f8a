import { isPairwise } from "../core/model-spec.js";
import type { OptimizerSpec } from "../core/optimizer-spec.js";
import { tableShapes } from "../core/table-shapes.js";
import type { EventBatch } from "../model/batch.js";
import { plainLearner } from "../model/learner.js";
import { loadState } from "../model/load.js";
import { links } from "../model/loss.js";
import type { OnlineModel } from "../model/model.js";
import { narrowModel } from "../model/narrow.js";
import type { Table } from "../model/table.js";
import type { SeenBefore, SquaresOf } from "./rescale.js";

/** Rows of a log from before the cut-off, in the order they were shown, and the ids that no vocabulary holds. */
export interface RowsBefore {
  batch: EventBatch;
  newIds: ReadonlyMap<string, readonly string[]>;
}

/** A rule that moves nothing and sums the squares of what it is given. */
const SUM_OF_SQUARES: OptimizerSpec = {
  kind: "adagrad",
  rate: 0,
  initialAccumulator: 0,
  epsilon: 1,
  epsilonPlacement: "outside",
  l2: 0,
};

/** The gradients of the learner's updates over these rows, with the weights at rest. O(rows x model's work a row). */
export function lookBefore(model: OnlineModel, { batch, newIds }: RowsBefore): SeenBefore {
  const { learner } = model.spec;
  const optimizers = Object.fromEntries(
    Object.keys(learner.optimizers).map((term) => [term, SUM_OF_SQUARES]),
  );
  // Without the slots that the model has, so that every sum begins at 0.
  const tensors = new Map([...model.tensors].filter(([name]) => /\/(weight|trees\/\w+)$/.test(name)));
  const spec = { ...model.spec, learner: { ...learner, optimizers } };
  const narrow = narrowModel({ ...model, spec, tensors }, batch);
  const state = loadState(narrow.model, newIds);
  for (const { rows } of state.touchedBy(narrow.batch)) rows.startCounting();
  const watching = plainLearner(state);
  watching.over(narrow.batch).learn(0, batch.rows);
  watching.flush();
  const shapes = spec.terms.flatMap((term) => tableShapes(term, spec));
  return {
    events: batch.rows,
    squares: new Map(
      shapes.map(({ name, rows }) => {
        const of = typeof rows === "number" ? undefined : narrow.rows.get(rows.feature);
        return [name, squaresOf(state.table(name), of)];
      }),
    ),
    counts: countsOf(batch),
  };
}

/** @param rows that the table has, where it has not all of them. */
function squaresOf({ width, slots }: Table, rows: Int32Array | undefined): SquaresOf {
  const [squares = []] = slots;
  if (rows === undefined) return (row, k) => squares[row * width + k] ?? 0;
  const numbers = new Map(Array.from(rows, (row, number) => [row, number]));
  return (row, k) => squares[(numbers.get(row) ?? -1) * width + k] ?? 0;
}

/** By feature: the events of each row up to the last that came; ids that no vocabulary holds have none. */
function countsOf({ features }: EventBatch): Map<string, Float64Array> {
  const counts = new Map<string, Float64Array>();
  for (const [name, column] of features) {
    if (column.kind !== "rows") continue;
    const last = column.codes.reduce((most, code) => Math.max(most, code), -1);
    const ofRow = new Float64Array(last + 1);
    for (const code of column.codes) if (code >= 0) ofRow[code] = (ofRow[code] ?? 0) + 1;
    counts.set(name, ofRow);
  }
  return counts;
}

/** The mean loss of scoring each row and then learning it: what a beginning is chosen by. */
export function lossOfLearning(model: OnlineModel, { batch, newIds }: RowsBefore): number {
  const narrow = narrowModel(model, batch);
  const bound = plainLearner(loadState(narrow.model, newIds)).over(narrow.batch);
  const scores = new Float64Array(batch.rows);
  const { link } = model.spec.learner;
  if (isPairwise(link)) throw new TypeError("a pairwise link has no loss of one row");
  const { loss } = links[link];
  let sum = 0;
  for (let row = 0; row < batch.rows; row++) {
    bound.score(row, row + 1, scores);
    sum += loss(scores[row] ?? Number.NaN, batch.label[row] ?? 0) * (batch.weight?.[row] ?? 1);
    bound.learn(row, row + 1);
  }
  return sum / batch.rows;
}
