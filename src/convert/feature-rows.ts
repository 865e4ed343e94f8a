import type { EncoderConfig, FeatureConfig } from "../config/config.js";
import { fixedEncoderSpec } from "../config/encoder-spec.js";
import { encoderRows, isSigned } from "../core/encoder-rows.js";
import { UnbatchError } from "../core/errors.js";
import { type EncoderSpec, tableName } from "../core/model-spec.js";
import { type BoundTable, type Source, tensorOfShape, type VocabularyRows } from "./bound.js";
import type { Role } from "./families/family.js";

/** How a categorical feature's source rows become the online model's. */
export interface RowPlan {
  encoder: EncoderSpec;
  /** Source rows that are kept: the first so many. */
  kept: number;
  /** 1 where a row for unknown ids is appended. */
  appended: 0 | 1;
  /** The kept rows come once more, with the other sign. */
  isMirrored?: boolean;
  /** What was taken for granted of the rows, in words. */
  notes?: readonly string[];
}

/**
 * Rows that every table of the feature must have, and the encoder that reads them. `tables` are its bound tables.
 * Errors: a table with too few rows, or a vocabulary that leaves rows which no rule speaks of.
 */
export function planRows(source: Source, feature: FeatureConfig, tables: readonly BoundTable[]): RowPlan {
  const { encoder } = feature;
  if (encoder.kind !== "vocabulary") {
    const rows = fixedRows(encoder);
    for (const table of tables) {
      if (isSigned(encoder) && table.rows === 2 * rows) throw bothSigns(source, feature, table);
      requireRows(source, table, table.rows === rows, `${rows}`, encoderWords(encoder));
    }
    return { encoder: fixedEncoderSpec(encoder), kept: rows, appended: 0, isMirrored: isSigned(encoder) };
  }
  const ids = source.vocabularies.get(feature.name) ?? new Map<string, number>();
  const covered = rowsCovered(ids);
  const words = `${ids.size} ids in rows up to ${covered - 1}`;
  for (const table of tables) {
    const over = covered - table.rows;
    const why =
      over > 0
        ? `${words}, ${over} beyond the table: a newer vocabulary, or rows that begin at another number`
        : words;
    requireRows(source, table, over <= 0, `at least ${covered}`, why);
  }
  const spec = (unknown: Extract<EncoderSpec, { kind: "vocabulary" }>["unknown"]): EncoderSpec => ({
    kind: "vocabulary",
    unknown,
    ...(encoder.missing === undefined ? {} : { missing: encoder.missing }),
  });
  const { unknown } = encoder;
  if (unknown === "reject") return { encoder: spec({ rule: "reject" }), kept: covered, appended: 0 };
  if (unknown === "grow") return planGrowth(source, feature, tables, ids, covered, spec);
  const needed = (rows: number, rule: string): void => {
    for (const table of tables)
      requireRows(source, table, table.rows >= rows, `at least ${rows}`, `${words}; ${rule}`);
  };
  if ("buckets" in unknown) {
    const { buckets, function: hash } = unknown;
    needed(covered + buckets, `${buckets} buckets for unknown ids`);
    return {
      encoder: spec({ rule: "hash", first: covered, buckets, function: hash }),
      kept: covered + buckets,
      appended: 0,
    };
  }
  const row = "growFrom" in unknown ? unknown.growFrom : unknown.row;
  needed(row + 1, `unknown ids in row ${row}`);
  const rule = "growFrom" in unknown ? ({ rule: "grow", row } as const) : ({ rule: "row", row } as const);
  return { encoder: spec(rule), kept: Math.max(covered, row + 1), appended: 0 };
}

/** A vocabulary one shorter than the table is the commonest slip. */
const PADDING =
  " (Where row 0 was padding or unknown, as with padding_idx=0 or mask_zero, the ids' rows begin at 1 in the vocabulary.)";

const OUT_OF_VOCABULARY =
  " (Rows for unknown ids, after those of the vocabulary or before them; or ids of a longer vocabulary than this one.)";

/** Unknown ids begin from row 0 where no id has it (padding); from an appended row where the ids have every row. */
function planGrowth(
  source: Source,
  feature: FeatureConfig,
  tables: readonly BoundTable[],
  ids: VocabularyRows,
  covered: number,
  spec: (unknown: { rule: "grow"; row: number }) => EncoderSpec,
): RowPlan {
  const taken = new Set(ids.values());
  const spare = tables.find(({ rows }) => rows > covered);
  if (!taken.has(0) && spare === undefined && covered > 0) {
    const notes = ["unknown ids begin from row 0, which no id has (padding)"];
    return { encoder: spec({ rule: "grow", row: 0 }), kept: covered, appended: 0, notes };
  }
  if (spare !== undefined) {
    throw new UnbatchError({
      where: `${source.where}, tensor ${spare.tensor}`,
      found: `${spare.rows} rows, of which the vocabulary of ${feature.name} uses ${taken.size}: what are the other ${spare.rows - covered}?${spare.rows === covered + 1 ? PADDING : OUT_OF_VOCABULARY}`,
      expected: "a rule that says which row an unknown id is scored with",
      next: `set features: ${feature.name}: encoder.unknown to ${taken.has(0) ? "" : "{ growFrom: 0 }, "}{ growFrom: ${covered} }, { row: ${covered} } or { buckets: ${spare.rows - covered} } in unbatch.yaml`,
    });
  }
  return { encoder: spec({ rule: "grow", row: covered }), kept: covered, appended: 1 };
}

/**
 * One role with a weight (or a vector) for every row of several features, in the order of unbatch.yaml: cut into their
 * tables. `own` are features that have a tensor of their own.
 */
export function concatenated(
  source: Source,
  role: Role,
  own: readonly string[],
  term: "linear" | "factorisation" | "deep",
): BoundTable[] {
  const { features } = source.config;
  const terms = source.config.model?.terms ?? [];
  const told = terms.flatMap((one) => (one.kind === term && "features" in one ? [one.features] : []))[0];
  const free = features.filter(({ name }) =>
    told === undefined ? !own.includes(name) : told.includes(name),
  );
  const sizes = (of: readonly FeatureConfig[]): number[] =>
    of.map((feature) => rowsDeclared(source, feature));
  const total = (of: readonly FeatureConfig[]): number => sizes(of).reduce((sum, rows) => sum + rows, 0);
  const shape = source.checkpoint.tensors.get(role.tensor)?.shape ?? [];
  const found = shape[role.layout === "transposed" ? 1 : 0] ?? 1;
  const isDense = ({ encoder }: FeatureConfig): boolean => encoder.kind === "dense";
  const choices = [free, free.filter(isDense), free.filter((feature) => !isDense(feature))];
  const chosen = choices.find((choice) => choice.length > 0 && total(choice) === found) ?? free;
  const rows = total(chosen);
  const why = chosen.map(({ name }, index) => `${name} ${sizes(chosen)[index]}`).join(" + ");
  const width = term === "linear" ? 1 : (shape[1] ?? 0);
  const flat = term === "linear" ? [[rows]] : [];
  tensorOfShape(source, role, role.layout === "transposed" ? [[1, rows]] : [...flat, [rows, width]], why);
  let firstRow = 0;
  return chosen.map((feature): BoundTable => {
    const size = rowsDeclared(source, feature);
    const table: BoundTable = {
      ...{ table: tableName(term, feature.name), term, ...role },
      ...{ firstRow, rows: size, width },
      ...(isDense(feature) ? {} : { feature: feature.name }),
    };
    firstRow += size;
    return table;
  });
}

/** Rows of a feature in a tensor that several share: what its encoder alone says. */
function rowsDeclared({ vocabularies }: Source, { name, encoder }: FeatureConfig): number {
  if (encoder.kind !== "vocabulary") return fixedRows(encoder);
  const covered = rowsCovered(vocabularies.get(name) ?? new Map());
  const { unknown } = encoder;
  if (typeof unknown === "string") return covered;
  if ("buckets" in unknown) return covered + unknown.buckets;
  return Math.max(covered, ("growFrom" in unknown ? unknown.growFrom : unknown.row) + 1);
}

function rowsCovered(ids: VocabularyRows): number {
  let covered = 0;
  for (const row of ids.values()) covered = Math.max(covered, row + 1);
  return covered;
}

/** Rows that the source has for a feature without a vocabulary: buckets with a sign are one row each there. */
function fixedRows(encoder: Exclude<EncoderConfig, { kind: "vocabulary" }>): number {
  return isSigned(encoder) ? encoderRows(encoder) / 2 : encoderRows(encoder);
}

function encoderWords(encoder: Exclude<EncoderConfig, { kind: "vocabulary" }>): string {
  switch (encoder.kind) {
    case "hash":
      return `${encoder.buckets} buckets`;
    case "identity":
      return `identity of size ${encoder.size}`;
    case "bucketize":
      return `${encoder.boundaries.length} boundaries`;
    case "dense":
      return "one number";
  }
}

/** Taking them as they are would read any table of twice the buckets by the wrong rows. */
function bothSigns(
  { where }: Source,
  { name }: FeatureConfig,
  { tensor, rows, role }: BoundTable,
): UnbatchError {
  return new UnbatchError({
    where: `${where}, tensor ${tensor}`,
    found: `${rows} rows as ${role}, twice the buckets of feature ${name}: an export of an online model, which learns a row for each sign of the hash, or a wrong number of buckets`,
    expected: `${rows / 2} rows, one for each bucket, as a FeatureHasher's model has`,
    next: "go on from the online model itself (unbatch replay MODEL), not from its export; or correct buckets in unbatch.yaml",
  });
}

function requireRows(source: Source, table: BoundTable, holds: boolean, expected: string, why: string): void {
  if (holds) return;
  const shape = source.checkpoint.tensors.get(table.tensor)?.shape ?? [];
  throw new UnbatchError({
    where: `${source.where}, tensor ${table.tensor}`,
    found: `shape [${shape.join(", ")}] as ${table.role}: ${table.rows} rows`,
    expected: `${expected} rows (feature ${table.feature ?? ""}: ${why})`,
    next: "correct the feature's encoder or vocabulary in unbatch.yaml, or the tensor's role under checkpoint.tensors",
  });
}
