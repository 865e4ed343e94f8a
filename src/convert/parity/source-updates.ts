import { UnbatchError } from "../../core/errors.js";
import { optimizerOf, tableShapes } from "../../core/table-shapes.js";
import type { EventBatch } from "../../model/batch.js";
import { plainLearner } from "../../model/learner.js";
import { loadState } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import { narrowModel } from "../../model/narrow.js";
import type { UpdateScores, UpdatesReport } from "../../model/record.js";
import type { Bound } from "../bound.js";
import type { Converted } from "../convert.js";
import { encodeRows } from "./online-score.js";
import type { ParityRows } from "./rows.js";
import type { SourceValue } from "./source-encode.js";
import { sourceLoop } from "./source-loop.js";
import { sourceEncoder } from "./source-score.js";

const ROWS = 20;
/** Twice over the rows, so that the memory of each is met again. */
const UPDATES = 2 * ROWS;

/**
 * The first online updates against a float64 loop over the source's own tensors and slots: each of the first rows that
 * both can encode is learned on its own, labels 1 and 0 in turn, and scored again. What the source's optimizer has no memory
 * of rests meanwhile on both sides, and is named: layers that BatchNorm was folded into, biases that the source has not.
 */
export function compareUpdates(
  { source, bound, slots }: Converted,
  model: OnlineModel,
  rows: ParityRows,
): UpdatesReport {
  const changed = slots.find(
    ({ outcome, note }) => outcome === "transferred" && !note.startsWith("as saved"),
  );
  if (changed !== undefined) return { notMade: `${changed.table} ${changed.role}: ${changed.note}` };
  const atRest = unremembered(bound, model);
  const compared = oneByOne(model, atRest);
  const reference = sourceLoop(source, bound, compared);
  if (typeof reference === "string") return { notMade: reference };
  const encoded = encodeRows(model, rows);
  const encode = sourceEncoder(source, bound);
  const learned: { row: number; values: ReadonlyMap<string, SourceValue> }[] = [];
  for (let row = 0; row < rows.rows && learned.length < ROWS; row++) {
    const values = encode(rows.columns, row);
    const isKnown = [...(values?.values() ?? [])].every(isKnownValue);
    if (
      values !== undefined &&
      isKnown &&
      encoded.reasons[row] === undefined &&
      !hasNewId(encoded.batch, row)
    )
      learned.push({ row, values });
  }
  if (learned.length === 0) return { notMade: "no row has ids that the source knows" };
  const { model: narrow, batch } = narrowModel(compared, encoded.batch);
  const learner = plainLearner(loadState(narrow, encoded.newIds));
  const scores = new Float64Array(rows.rows);
  let [largest, largestMove] = [0, 0];
  const steps: UpdateScores[] = [];
  for (let step = 0; step < UPDATES; step++) {
    const at = learned[step % learned.length];
    if (at === undefined) continue;
    const label = (step + Math.floor(step / learned.length)) % 2 === 1 ? 1 : 0;
    const bound = learner.over(withLabel(batch, at.row, label));
    bound.learn(at.row, at.row + 1);
    bound.score(at.row, at.row + 1, scores);
    const before = reference.score(at.values);
    reference.learn(at.values, label);
    const after = reference.score(at.values);
    const online = scores[at.row] ?? Number.NaN;
    steps.push({ row: at.row, label, before, source: after, online });
    largest = Math.max(largest, Math.abs(online - after));
    largestMove = Math.max(largestMove, Math.abs(after - before));
  }
  return {
    ...{ updates: UPDATES, rows: learned.length, maxAbsoluteDifference: largest, largestMove, steps },
    ...(atRest.length === 0 ? {} : { atRest }),
  };
}

/** Layers that learn and that no source's optimizer has a memory of: BatchNorm was folded in, or the source has no such bias. */
function unremembered({ norms, tables }: Bound, { spec }: OnlineModel): string[] {
  const folded = new Set(norms.flatMap(({ kernel, bias }) => [kernel, bias]));
  const ofSource = new Set(tables.map(({ table }) => table));
  return spec.terms
    .flatMap((term) => tableShapes(term, spec))
    .filter((shape) => folded.has(shape.name) || !ofSource.has(shape.name))
    .filter((shape) => optimizerOf(spec.learner.optimizers, shape)?.kind !== "frozen")
    .map(({ name }) => name);
}

/** The model that learns one event at a time, with some tables frozen. */
function oneByOne({ spec, ...rest }: OnlineModel, frozen: readonly string[]): OnlineModel {
  const optimizers = {
    ...spec.learner.optimizers,
    ...Object.fromEntries(frozen.map((table) => [table, { kind: "frozen" } as const])),
  };
  return { ...rest, spec: { ...spec, learner: { ...spec.learner, optimizers, batchSize: 1 } } };
}

/** Error: updates that differ by more than `tolerance` (exit 1). */
export function requireUpdates(report: UpdatesReport, tolerance: number, where: string): void {
  if ("notMade" in report || report.maxAbsoluteDifference <= tolerance) return;
  throw new UnbatchError(
    {
      where,
      found: `scores that differ by ${report.maxAbsoluteDifference} within ${report.updates} updates from the slots as saved`,
      expected: `at most ${tolerance} from the source's optimizer in float64`,
      next: "report this: the two paths of unbatch disagree; --slots fresh converts without the optimizer's memory",
    },
    1,
  );
}

function withLabel(batch: EventBatch, row: number, label: number): EventBatch {
  return { ...batch, label: new Float64Array(batch.rows).fill(label, row, row + 1) };
}

/** An id that gets a row of its own when it is learned, which no source does. */
function hasNewId({ features }: EventBatch, row: number): boolean {
  return [...features.values()].some((column) => column.kind === "rows" && (column.codes[row] ?? 0) < 0);
}

function isKnownValue(value: SourceValue): boolean {
  if (typeof value !== "object") return false;
  return "bag" in value ? value.bag.every(({ of }) => isKnownValue(of)) : true;
}
