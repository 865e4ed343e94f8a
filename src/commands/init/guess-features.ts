import type { Checkpoint } from "../../convert/checkpoint.js";
import { isLayerRole, splitRole } from "../../convert/families/family.js";
import type { Recognised } from "../../convert/recognise.js";
import { isList } from "../../core/column.js";
import type { ColumnProfile } from "../../replay/column-profile.js";
import { featuresOfGraph } from "./graph-features.js";
import type { ColumnGuesses } from "./guess-columns.js";
import { distinctWords } from "./guess-columns.js";
import { matchColumn } from "./match-column.js";

/** One feature of the proposal: its encoder as YAML, and why. */
export interface FeatureGuess {
  name: string;
  column: string;
  encoder: string;
  bag?: "mean";
  because: string;
  isOpen: boolean;
  isDense: boolean;
}

/** Above this a column of texts is proposed as ids only where it is the user or the item. */
const MAX_CATEGORIES = 10_000;

/** User and item as ids that grow, small categories likewise, numbers standardised on the rows before the cut-off. */
export function featuresOfLog(
  columns: readonly ColumnProfile[],
  guesses: ColumnGuesses,
  time: string,
): FeatureGuess[] {
  const taken = new Set([
    time,
    ...guesses.labelColumns,
    ...[guesses.eventId, guesses.group, guesses.propensity, guesses.position, guesses.score].flatMap(
      (guess) => guess?.value ?? [],
    ),
  ]);
  return columns.flatMap((column): FeatureGuess[] => {
    const isKey = column.name === guesses.user?.value || column.name === guesses.item?.value;
    if (taken.has(column.name) || column.type === "timestamp" || column.physicalType === "partition")
      return [];
    if (isKey) return [idFeature(column, "ids: new ones get rows of their own")];
    const isCategory = /^(list of )?(text|integer)$/.test(column.type) && column.distinct <= MAX_CATEGORIES;
    if (isCategory && isList(column.type)) return [bagFeature(column)];
    if (isCategory && column.distinct > 1) return [idFeature(column, distinctWords(column))];
    return column.type === "float" && column.distinct > 1 ? [denseFeature(column)] : [];
  });
}

/**
 * One feature for each table and input that the checkpoint's roles speak of: as its own graph says, where it has one;
 * else matched with columns by name.
 */
export function featuresOfCheckpoint(
  checkpoint: Checkpoint,
  recognised: Recognised,
  columns: readonly ColumnProfile[],
): FeatureGuess[] {
  const features = new Map<string, FeatureGuess>();
  const traced = featuresOfGraph(checkpoint, columns);
  const fed = new Set(traced.flatMap(({ feeds }) => feeds));
  for (const feature of traced) features.set(feature.name, feature);
  for (const { role, tensor } of recognised.roles) {
    const [, hint] = splitRole(role);
    if (hint === "" || isLayerRole(role) || features.has(hint) || fed.has(tensor)) continue;
    const rows = checkpoint.tensors.get(tensor)?.shape[0] ?? 0;
    const table = /^\d+$/.test(hint)
      ? numberedFeature(Number(hint), rows, checkpoint, columns)
      : tableFeature(hint, rows, checkpoint, columns);
    features.set(hint, table);
  }
  const inputs = numbersEntering(checkpoint, recognised, fed);
  const used = new Set([...features.values()].map(({ column }) => column));
  const numbers = columns.filter(
    ({ type, name, distinct }) => type === "float" && distinct > 1 && !used.has(name),
  );
  for (const column of numbers.slice(0, inputs)) {
    features.set(column.name, {
      ...denseFeature(column),
      because: `choose: one of ${inputs} numbers that enter the layers; their order and the training's own mean and scale count`,
      isOpen: true,
    });
  }
  return [...features.values()];
}

/** Inputs of the layers that no table of vectors gives, nor what was traced: `fed`. */
function numbersEntering({ tensors }: Checkpoint, { roles }: Recognised, fed: ReadonlySet<string>): number {
  const stacks = new Set(roles.map(({ role }) => splitRole(role)[0]));
  let numbers = 0;
  for (const stack of stacks) {
    // The last layers of these read no features; of a cross network the crosses do.
    if (stack === "gmf" || stack === "interaction/top") continue;
    const first =
      roles.find(({ role }) => role === `${stack}/cross_kernel_0`) ??
      roles.find(({ role }) => role === `${stack}/kernel_0`);
    if (first === undefined || fed.has(first.tensor)) continue;
    const [rows = 1, width = 1] = tensors.get(first.tensor)?.shape ?? [];
    const inputs = stack === "cross" ? Math.max(rows, width) : first.layout === "transposed" ? width : rows;
    const embedded = roles
      .filter(({ role }) => splitRole(role)[0] === stack && !isLayerRole(role))
      .reduce((sum, { tensor }) => sum + (tensors.get(tensor)?.shape[1] ?? 1), 0);
    numbers += Math.max(0, inputs - embedded);
  }
  return numbers;
}

/** A table that is called by its number: the column of that place among those of ids. */
function numberedFeature(
  number: number,
  rows: number,
  checkpoint: Checkpoint,
  columns: readonly ColumnProfile[],
): FeatureGuess {
  const column = columns.filter(({ type }) => type === "text" || type === "integer")[number];
  const guess = tableFeature(column?.name ?? `table_${number}`, rows, checkpoint, columns);
  return { ...guess, because: `choose the column of table ${number}; ${guess.because}`, isOpen: true };
}

function tableFeature(
  hint: string,
  rows: number,
  checkpoint: Checkpoint,
  columns: readonly ColumnProfile[],
): FeatureGuess {
  const column = matchColumn(hint, columns);
  const name = column?.name ?? hint;
  const base = { name: hint, column: name, isDense: false };
  const found = `a table of ${rows} rows`;
  if (column === undefined) {
    return {
      ...base,
      encoder: `{ kind: identity, size: ${rows} }`,
      because: `choose the column: ${found}, and no column is named alike`,
      isOpen: true,
    };
  }
  const ids = vocabularyFor(column, checkpoint);
  if (ids !== undefined) {
    const spare = rows - ids.rows;
    const unknown = ids.from === "assets" && spare > 0 ? `{ buckets: ${spare} }` : "grow";
    const from = ids.from === "assets" ? `file: ${ids.name}` : `key: ${ids.name}`;
    const because = `${found}; ${ids.name} in the checkpoint holds the column's values`;
    return {
      ...base,
      encoder: `{ kind: vocabulary, ${from}, unknown: ${unknown} }`,
      because,
      isOpen: unknown !== "grow",
    };
  }
  if (column.numbers?.areIntegers === true && column.numbers.min >= 0 && column.numbers.max <= rows) {
    const because = `${found}, whole numbers of ${column.numbers.min} to ${column.numbers.max}`;
    return { ...base, encoder: `{ kind: identity, size: ${rows}, outOfRange: 0 }`, because, isOpen: true };
  }
  if (column.type === "float") {
    const boundaries = `[${Array.from({ length: Math.max(1, rows - 1) }, (_, index) => index)
      .slice(0, 20)
      .join(", ")}]`;
    return {
      ...base,
      encoder: `{ kind: bucketize, boundaries: ${boundaries} }`,
      because: `choose the ${rows - 1} boundaries of the training: ${found}`,
      isOpen: true,
    };
  }
  return {
    ...base,
    encoder: `{ kind: hash, buckets: ${rows} }`,
    because: `choose: ${found}, ${distinctWords(column)}; a vocabulary file if the training had one ({ kind: vocabulary, file: ... })`,
    isOpen: true,
  };
}

/** The id map or vocabulary of the checkpoint that holds most of the column's first values. */
function vocabularyFor(
  column: ColumnProfile,
  { vocabularies, format }: Checkpoint,
): { name: string; rows: number; from: "assets" | "pickle" } | undefined {
  for (const [name, ids] of vocabularies) {
    const held = column.examples.filter((value) => ids.has(String(value))).length;
    if (held * 2 >= column.examples.length && held > 0) {
      const rows = Math.max(...ids.values()) + 1;
      return { name, rows, from: format.startsWith("tensorflow") ? "assets" : "pickle" };
    }
  }
  return undefined;
}

function idFeature(column: ColumnProfile, because: string): FeatureGuess {
  const missing = column.nulls > 0 ? `, missing: ""` : "";
  return {
    name: column.name,
    column: column.name,
    encoder: `{ kind: vocabulary, unknown: grow${missing} }`,
    because: column.nulls > 0 ? `${because}; ${column.nulls} nulls count as one value` : because,
    isOpen: false,
    isDense: false,
  };
}

function bagFeature(column: ColumnProfile): FeatureGuess {
  const { name, distinct, lengths } = column;
  return {
    ...{ name, column: name, encoder: "{ kind: vocabulary, unknown: grow }", bag: "mean" },
    because: `${distinct} distinct values in lists of ${lengths?.min ?? 0} to ${lengths?.max ?? 0}`,
    ...{ isOpen: false, isDense: false },
  };
}

function denseFeature(column: ColumnProfile): FeatureGuess {
  const { mean = 0, deviation = 1 } = column.numbers ?? {};
  const missing = column.nulls > 0 ? `, missing: ${round(mean)}` : "";
  return {
    name: column.name,
    column: column.name,
    encoder: `{ kind: dense, mean: ${round(mean)}, scale: ${round(deviation === 0 ? 1 : deviation)}${missing} }`,
    because: `mean and deviation of the rows before the cut-off${column.nulls > 0 ? `; ${column.nulls} nulls become the mean` : ""}`,
    isOpen: false,
    isDense: true,
  };
}

function round(value: number): number {
  return Number(value.toPrecision(9));
}
