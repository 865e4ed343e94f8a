import type { Table } from "../table.js";
import { type DeepParts, rowTables } from "./deep-parts.js";

/** Events that pass through the layers at once: EVENTS of kernels/deep/plan.ts. */
const BLOCK_EVENTS = 64;
/** Events that are scored by one call of the kernel. */
export const SCORED_EVENTS = 256;
/** Words of the records of kernels/deep/plan.ts. */
export const WORDS = { plan: 23, input: 4, layer: 8, single: 4, half: 10, halfLayer: 2, table: 24 } as const;
/** The word of a half that names the first table that diverged. */
export const DIVERGED_AT = 6;

/** Addresses, in bytes, of everything that the kernel reads and writes, and how many bytes that is. */
export interface DeepLayout {
  bytes: number;
  plan: number;
  inputs: number;
  layers: number;
  singles: number;
  factors: number;
  tables: number;
  halves: number;
  /** Of an event and of its deltas. */
  eventBytes: number;
  deltaBytes: number;
  inputBytes: number;
  learnedInputs: number;
  /** The mini-batch in hand. */
  events: number;
  firsts: number;
  labels: number;
  weights: number;
  learnedScores: number;
  deltas: number;
  /** Events to score, and their scores. */
  scoredEvents: number;
  scores: number;
  zeros: number;
  layerOf: readonly { units: number; packed: number; transposed: number; packedBias: number }[];
  halfOf: readonly HalfLayout[];
  tableOf: ReadonlyMap<Table, TableLayout>;
}

export interface HalfLayout {
  inputs: number;
  layers: number;
  layerOf: readonly { outputs: number; deltas: number }[];
  row: number;
  sums: number;
  spare: number;
}

export interface TableLayout {
  weights: number;
  slots: readonly number[];
  squares: number;
  /** Of each half: [rows, width] with rows of `gradientBytes`, and a word for each row. */
  gradients: readonly number[];
  touched: readonly number[];
  gradientBytes: number;
}

export function roundUp(count: number, to: number): number {
  return Math.ceil(count / to) * to;
}

/** Everything one behind the other, behind the module's own first page. */
export function deepLayout(parts: DeepParts, batchSize: number): DeepLayout {
  let next = 65_536;
  const take = (bytes: number): number => {
    const at = next;
    next += roundUp(bytes, 64);
    return at;
  };
  const words = (count: number): number => take(4 * count);
  const { inputs, layers, singles, tables } = parts;
  const inputWidth = inputs.reduce((sum, { width }) => sum + width, 0);
  const learned = inputs.findLastIndex(({ table }) => table !== undefined) + 1;
  const learnedInputs = roundUp(
    inputs.slice(0, learned).reduce((sum, { width }) => sum + width, 0),
    4,
  );
  const units = layers.map(({ kernel }) => roundUp(kernel.width, 4));
  const inputBytes = 4 * roundUp(inputWidth, 4);
  const eventBytes = 4 * parts.features.length;
  const beside = [...singles, ...parts.factors].filter(({ kind }) => kind === "row");
  const deltaBytes = 4 * (learnedInputs + beside.reduce((sum, { table }) => sum + table.width, 0));
  const capacity = roundUp(batchSize, 4);
  const rowWidth = roundUp(Math.max(...tables.map(({ table }) => table.width)), 4);
  const half = (): HalfLayout => ({
    inputs: take(BLOCK_EVENTS * inputBytes),
    layers: words(WORDS.halfLayer * layers.length),
    layerOf: units.map((count) => ({
      outputs: words(BLOCK_EVENTS * count),
      deltas: words(BLOCK_EVENTS * count),
    })),
    row: words(rowWidth),
    sums: words(2 * (parts.factors[0]?.table.width ?? 0)),
    spare: words(3 * rowWidth),
  });
  const ofRows = new Set(rowTables(parts));
  const tableLayout = (table: Table): TableLayout => {
    const width = roundUp(table.width, 4);
    const halves = ofRows.has(table) ? [] : [0, 1];
    return {
      weights: words(table.capacity * table.width),
      slots: table.slots.map(() => words(table.capacity * table.slotWidth)),
      squares: take(16),
      gradients: halves.map(() => words(roundUp(table.rows, 4) * width)),
      touched: halves.map(() => words(roundUp(table.rows, 4))),
      gradientBytes: 4 * width,
    };
  };
  const layout = {
    plan: words(WORDS.plan),
    inputs: words(WORDS.input * inputs.length),
    layers: words(WORDS.layer * layers.length),
    singles: words(WORDS.single * singles.length),
    factors: words(WORDS.single * parts.factors.length),
    tables: words(WORDS.table * tables.length),
    halves: words(WORDS.half * 2),
    ...{ eventBytes, deltaBytes, inputBytes, learnedInputs },
    events: take(capacity * eventBytes),
    firsts: take(capacity * eventBytes),
    labels: take(8 * capacity),
    weights: take(8 * capacity),
    learnedScores: take(8 * capacity),
    deltas: take(capacity * deltaBytes),
    scoredEvents: take(SCORED_EVENTS * eventBytes),
    scores: take(8 * SCORED_EVENTS),
    zeros: words(Math.max(inputBytes / 4, ...units)),
    layerOf: layers.map(({ kernel }, index) => {
      const own = units[index] ?? 0;
      const size = roundUp(kernel.rows, 4) * own;
      return { units: own, packed: words(size), transposed: words(size), packedBias: words(own) };
    }),
    halfOf: [half(), half()],
    tableOf: new Map(tables.map(({ table }) => [table, tableLayout(table)])),
  };
  return { ...layout, bytes: next };
}
