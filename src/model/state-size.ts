import { incomplete, UnbatchError } from "../core/errors.js";
import type { FeatureSpec } from "../core/model-spec.js";
import type { OptimizerSpec } from "../core/optimizer-spec.js";
import { optimizerOf, tableShapes } from "../core/table-shapes.js";
import type { OnlineModel } from "./model.js";
import { createOptimizer } from "./optimizers/optimizer.js";
import { featureSizes } from "./sizes.js";
import type { ModelState } from "./state.js";

/** Bytes that a state may take, and what sets the limit: "the memory of this machine". */
export interface MemoryLimit {
  bytes: number;
  of: string;
}

/** Numbers of one table: rows x (weights + slots) of so many bytes each. */
export interface TableSize {
  table: string;
  feature: FeatureSpec | undefined;
  optimizer: OptimizerSpec;
  rows: number;
  width: number;
  slots: number;
  numberBytes: number;
  bytes: number;
}

/** Rows are numbered in 31 bits, and no array of the language is longer. */
const MOST_ROWS = 2 ** 31 - 1;
const MOST_NUMBERS = 2 ** 32 - 1;
/** The largest tables, which a message names. */
const NAMED = 3;

/** What a model's tables take before any new id. */
export function tableSizes(model: OnlineModel): TableSize[] {
  const { spec } = model;
  const sizes = featureSizes(model);
  const numberBytes = spec.learner.precision === "float64" ? 8 : 4;
  return spec.terms.flatMap((term) =>
    tableShapes(term, spec).flatMap((shape): TableSize[] => {
      const optimizer = optimizerOf(spec.learner.optimizers, shape);
      if (optimizer === undefined) return [];
      const { name, width } = shape;
      const of = typeof shape.rows === "number" ? undefined : shape.rows.feature;
      const rows = of === undefined ? Number(shape.rows) : (sizes.get(of)?.rows ?? 0);
      const { slotNames, slotsPer } = createOptimizer(optimizer, shape.kind);
      const slots = slotNames.length * (slotsPer === "row" ? 1 : width);
      const feature = spec.features.find((one) => one.name === of);
      const bytes = rows * (width + slots) * numberBytes;
      return [{ table: name, feature, optimizer, rows, width, slots, numberBytes, bytes }];
    }),
  );
}

export function stateBytes(model: OnlineModel): number {
  return tableSizes(model).reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Before any row is read. Errors: a state, held so many times, that is larger than memory, or a table that is longer
 * than an array can be; with the arithmetic, and what makes the largest table smaller.
 */
export function refuseTooLarge(model: OnlineModel, memory: MemoryLimit, copies: number = 1): void {
  const sizes = tableSizes(model).sort((a, b) => b.bytes - a.bytes);
  const [largest] = sizes;
  if (largest === undefined) return;
  const long = sizes.find(({ rows, width }) => rows > MOST_ROWS || rows * width > MOST_NUMBERS);
  if (long !== undefined)
    throw new UnbatchError({
      where: `table ${long.table}`,
      found: arithmetic(long),
      expected: `at most ${count(MOST_ROWS)} rows, and ${count(MOST_NUMBERS)} weights in all`,
      next: shrinks(long),
    });
  const bytes = copies * sizes.reduce((sum, size) => sum + size.bytes, 0);
  if (bytes <= memory.bytes) return;
  const named = sizes.slice(0, NAMED).map((size) => `${size.table}: ${arithmetic(size)}`);
  const others = sizes.length > NAMED ? [`${sizes.length - NAMED} smaller tables`] : [];
  const times = copies === 1 ? "" : `, held ${copies} times`;
  throw new UnbatchError({
    found: `a state of ${count(bytes)} bytes${times} (${[...named, ...others].join("; ")})`,
    expected: `at most ${count(memory.bytes)} bytes, ${memory.of}`,
    next: shrinks(largest),
  });
}

/** In mid-run, when new ids call for rows. Error: they do not fit (exit 3). */
export function refuseGrowth(state: ModelState, memory: MemoryLimit): void {
  const sizes = state.tables.map(({ name, rows, rowBytes }) => ({ name, bytes: rows * rowBytes }));
  const growing = state.growth();
  const bytes = [...sizes, ...growing].reduce((sum, size) => sum + size.bytes, 0);
  if (bytes <= memory.bytes) return;
  const [most] = growing.sort((a, b) => b.bytes - a.bytes);
  throw incomplete({
    where: `feature ${most?.name ?? ""}`,
    found: `${count(most?.rows ?? 0)} new ids x ${(most?.bytes ?? 0) / (most?.rows ?? 1)} bytes a row: a state of ${count(bytes)} bytes`,
    expected: `at most ${count(memory.bytes)} bytes, ${memory.of}`,
    next: "hash the feature into so many rows as there is memory for; the model that the run began from is as it was",
  });
}

function arithmetic({ rows, width, slots, numberBytes, bytes }: TableSize): string {
  const weights = `${width} weight${width === 1 ? "" : "s"}`;
  const ofRow = slots === 0 ? weights : `(${weights} + ${slots} in slots)`;
  return `${count(rows)} rows x ${ofRow} x ${numberBytes} bytes = ${count(bytes)} bytes`;
}

/** What would make a table smaller, in the words of unbatch.yaml. */
function shrinks({ feature, optimizer, width, numberBytes }: TableSize): string {
  const ways: string[] = [];
  if (feature?.encoder.kind === "hash") ways.push(`fewer buckets for ${feature.name}`);
  if (feature?.encoder.kind === "identity") ways.push(`a hash encoder for ${feature.name}`);
  if (numberBytes === 8) ways.push("learner.precision: float32, which halves it");
  if (optimizer.kind === "adagrad" && width > 1) ways.push("rowwise-adagrad, which keeps one slot a row");
  if (optimizer.kind === "adam" || optimizer.kind === "ftrl")
    ways.push("adagrad, which keeps one slot a weight");
  if (width > 1) ways.push("narrower vectors");
  return ways.length === 0 ? "a machine with more memory" : ways.join("; ");
}

function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
