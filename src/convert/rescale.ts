import type { OptimizerSpec } from "../core/optimizer-spec.js";
import type { BoundTable, Source } from "./bound.js";
import { type BuiltArray, stretchesOfRows } from "./built-array.js";
import { hyperparameter } from "./optimizers.js";
import { trainingOf } from "./training.js";

/** What rows of the log from before the cut-off say of the gradients that the learner will see, the weights at rest. */
export interface SeenBefore {
  events: number;
  /** By table. */
  squares: ReadonlyMap<string, SquaresOf>;
  /** By feature: the events of each row. */
  counts: ReadonlyMap<string, ArrayLike<number>>;
}

/** The sum over updates of the squared gradient of weight `k` of a row; 0 of a row that had none. */
export type SquaresOf = (row: number, k: number) => number;

/** How many times smaller a gradient of the source's batches is than one of the learner's: B / b where a loss was a mean. */
export function gradientRatio(source: Source): number {
  const { batchSize, reduction } = trainingOf(source);
  return reduction === "sum" ? 1 : batchSize / source.config.learner.batchSize;
}

/**
 * What the slots of the first `kept` rows, saved from mean gradients of batches of B events, would be had it learned in
 * batches of b; `saved` and `initial`, what a fresh slot has, are by the learner's slot names.
 * Rows that a batch holds at most once: acc0 + (n - acc0) (B / b)^2, Adam's m by B / b and v by its square; acc0, what
 * the source began with, is never scaled. Rows that it holds oftener, biases and layers gather gradients that lean one way, for which that is too
 * much by far (notes of docs/convert.md): they have what was measured before the cut-off, scaled to the events of
 * training, or begin fresh. Returns what to say of it, and the count of updates.
 */
export function rescale(
  source: Source,
  table: BoundTable,
  optimizer: OptimizerSpec,
  saved: ReadonlyMap<string, BuiltArray>,
  initial: ReadonlyMap<string, BuiltArray>,
  kept: number,
  steps: number | undefined,
): { arrays: ReadonlyMap<string, BuiltArray>; note: string; steps: number | undefined } {
  const training = trainingOf(source);
  const ratio = gradientRatio(source);
  if (ratio === 1)
    return { arrays: saved, note: "as saved: the learner's gradients are of the same size", steps };
  const { seen } = source;
  const measured = seen?.squares.get(table.table);
  const trained = training.events ?? (steps === undefined ? undefined : steps * training.batchSize);
  const times = trained === undefined || seen === undefined ? 1 : trained / seen.events;
  const isRare = (row: number): boolean => eventsABatch(source, table, training.batchSize, row) <= 1;
  const ofSlot = (slot: string, own: BuiltArray): BuiltArray => {
    const start = sourceStart(source, slot, own, kept);
    const begins = initial.get(slot) ?? own;
    return {
      ...own,
      open() {
        const [make, begin] = [own.open(), begins.open()];
        return (from, to) => {
          const [values, fresh] = [make(from, to), begin(from, to)];
          for (let row = from; row < Math.min(to, kept); row++) {
            const rare = isRare(row);
            const updates = updatesOf(source, table, optimizer, row);
            for (let k = 0; k < table.width; k++) {
              const at = (row - from) * table.width + k;
              const squares = measured?.(row, k);
              if (rare) values[at] = rareSlot(slot, values[at] ?? 0, start, ratio);
              else if (squares === undefined) values[at] = fresh[at] ?? 0;
              else values[at] = measuredSlot(slot, values[at] ?? 0, start, squares, times, updates);
            }
          }
          return values;
        };
      },
    };
  };
  let rare = 0;
  for (let row = 0; row < kept; row++) if (isRare(row)) rare += 1;
  const others = kept - rare;
  const apart =
    measured === undefined
      ? "begin fresh: no log from before the cut-off"
      : `as ${seen?.events ?? 0} rows before the cut-off had it`;
  const parts = [
    ...(rare > 0 ? [`${rare} rows by ${ratio}^2`] : []),
    ...(others > 0 ? [`${others} that a batch holds oftener than once ${apart}`] : []),
  ];
  const isFresh = rare === 0 && measured === undefined;
  return {
    arrays: new Map([...saved].map(([slot, own]) => [slot, ofSlot(slot, own)])),
    note: parts.join(", "),
    steps: steps === undefined || isFresh ? undefined : Math.round(steps * ratio),
  };
}

/** What frameworks begin a sum of squares with where they do not say otherwise (TensorFlow, Keras). */
const USUAL_START = 0.1;

/** acc0 of the source: as it saved it, else the usual one, and no more than any weight has. 0 of what is no such sum. */
function sourceStart({ checkpoint }: Source, slot: string, saved: BuiltArray, kept: number): number {
  if (!isSum(slot)) return 0;
  const told = hyperparameter(checkpoint, "", /^initial_accumulator(_value)?$/)?.value;
  if (told !== undefined) return told;
  let least = USUAL_START;
  for (const { values } of stretchesOfRows({ ...saved, rows: kept }))
    for (let at = 0; at < values.length; at++) least = Math.min(least, values[at] ?? least);
  return least;
}

function isSum(slot: string): boolean {
  return slot === "accumulator" || slot === "n";
}

/** Sums of squares begin at `start`; Adam's m is a mean of gradients, v of their squares. z is written from n. */
function rareSlot(slot: string, saved: number, start: number, ratio: number): number {
  if (slot === "m") return saved * ratio;
  if (slot === "v") return saved * ratio ** 2;
  return isSum(slot) ? start + Math.max(0, saved - start) * ratio ** 2 : saved;
}

function measuredSlot(
  slot: string,
  saved: number,
  start: number,
  squares: number,
  times: number,
  updates: number,
): number {
  if (slot === "v") return updates === 0 ? 0 : squares / updates;
  return isSum(slot) ? start + squares * times : saved;
}

/** Of a row: as often as the log has it, else as often as the rows of its table on average. */
function eventsABatch(
  { seen }: Source,
  { feature, rows }: BoundTable,
  batchSize: number,
  row: number,
): number {
  if (feature === undefined) return batchSize;
  const count = seen?.counts.get(feature)?.[row];
  return seen === undefined ? batchSize / rows : (batchSize * (count ?? 0)) / seen.events;
}

/** Updates that decayed a row's v while the log was looked at: those that touched it, or all. */
function updatesOf(
  { seen, config }: Source,
  { feature }: BoundTable,
  optimizer: OptimizerSpec,
  row: number,
): number {
  if (seen === undefined) return 0;
  const isLazy = optimizer.kind === "adam" && optimizer.touch === "lazy" && feature !== undefined;
  return isLazy ? (seen.counts.get(feature)?.[row] ?? 0) : seen.events / config.learner.batchSize;
}
