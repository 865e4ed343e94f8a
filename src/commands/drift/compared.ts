import type { EncoderConfig, LogConfig } from "../../config/config.js";
import { type LabelRule, parseLabelRule } from "../../config/label-rule.js";
import { type ColumnDescription, isFlat, type LogDescription } from "../../core/column.js";
import { UnbatchError } from "../../core/errors.js";
import { type Refusal, refusal } from "../../core/figure.js";
import type { Observed } from "../../measure/drift/observed.js";

/** What is compared, found in the columns of every log: planned as data before any page is read. */
export type Compared =
  /** Of a column of lists, or of texts that `split` cuts into lists, the values in them. */
  | { role: "feature"; name: string; column: string; kind: Observed["kind"]; split?: string }
  | { role: "label"; name: "label"; rule: LabelRule; knownColumn: string | undefined }
  /** Described, but not in every log. */
  | { role: "feature" | "label"; name: string; refused: Refusal };

/** What the columns are: unbatch.yaml, or a model. */
export interface Described {
  log: LogConfig | undefined;
  features: readonly {
    name: string;
    column?: string | undefined;
    encoder: { kind: EncoderConfig["kind"] };
    bag?: { split?: string | undefined } | undefined;
  }[];
}

/**
 * The features and the label that are described; without features every column that the logs share, by its type.
 * Errors: nothing that all logs have.
 */
export function comparedOf(described: Described, logs: readonly LogDescription[]): Compared[] {
  const shared = sharedColumns(logs);
  const features =
    described.features.length === 0
      ? byType([...shared.values()], described.log?.time.column)
      : described.features.map((feature): Compared => {
          const { name, column = name, encoder, bag } = feature;
          const refused = lacking([column], shared);
          const kind = kindOf(encoder);
          return refused === undefined
            ? {
                role: "feature",
                name,
                column,
                kind,
                ...(bag?.split === undefined ? {} : { split: bag.split }),
              }
            : { role: "feature", name, refused };
        });
  const flat = new Map([...shared].filter(([, { type }]) => isFlat(type)));
  const all = [...features, ...labelOf(described, flat)];
  if (all.some((one) => !("refused" in one))) return all;
  throw new UnbatchError({
    found: "no column that is to be compared is in all of the logs",
    where: logs.map(({ files }) => files[0]?.path ?? "").join(", "),
    expected:
      all.length === 0
        ? `columns in common; the logs have ${logs.map(namesOf).join(" and ")}`
        : `${all.map(({ name }) => name).join(", ")}; the logs have ${logs.map(namesOf).join(" and ")}`,
    next: "give logs of one schema, or correct the columns in unbatch.yaml",
  });
}

/** A feature may be called label. */
export function keyOf({ role, name }: Pick<Compared, "role" | "name">): string {
  return `${role} ${name}`;
}

/** Every column that must be read. */
export function columnsOf(compared: readonly Compared[]): string[] {
  const names = compared.flatMap((one) => {
    if ("refused" in one) return [];
    if (one.role === "feature") return [one.column];
    return [...one.rule.columns, ...(one.knownColumn === undefined ? [] : [one.knownColumn])];
  });
  return [...new Set(names)];
}

/** By name, of the first log; those of a type that is not read are left out. */
function sharedColumns(logs: readonly LogDescription[]): Map<string, ColumnDescription> {
  const [first, ...others] = logs;
  const isIn = (name: string, { columns }: LogDescription): boolean =>
    columns.some((column) => column.name === name && column.type !== "unsupported");
  const shared = (first?.columns ?? []).filter(
    ({ name, type }) => type !== "unsupported" && others.every((log) => isIn(name, log)),
  );
  return new Map(shared.map((column) => [column.name, column]));
}

function lacking(
  columns: readonly string[],
  shared: ReadonlyMap<string, ColumnDescription>,
): Refusal | undefined {
  const missing = columns.find((column) => !shared.has(column));
  if (missing === undefined) return undefined;
  return refusal(
    "no-column",
    `not every log has a column "${missing}" that can be read`,
    "write it in both logs, or correct it in unbatch.yaml",
  );
}

function labelOf({ log }: Described, shared: ReadonlyMap<string, ColumnDescription>): Compared[] {
  const label = log?.label;
  if (label === undefined) return [];
  const known = log?.known;
  const knownColumn = known !== undefined && "column" in known ? known.column : undefined;
  const rule = parseLabelRule(label.rule);
  const needed = [...rule.columns, ...(knownColumn === undefined ? [] : [knownColumn])];
  const refused = lacking(needed, shared);
  return [
    refused === undefined
      ? { role: "label", name: "label", rule, knownColumn }
      : { role: "label", name: "label", refused },
  ];
}

function kindOf({ kind }: { kind: EncoderConfig["kind"] }): Observed["kind"] {
  return kind === "dense" || kind === "bucketize" ? "numeric" : "categorical";
}

function byType(columns: readonly ColumnDescription[], time: string | undefined): Compared[] {
  return columns
    .filter(
      ({ name, type, physicalType }) =>
        !type.endsWith("timestamp") && name !== time && physicalType !== "partition",
    )
    .map(({ name, type }) => ({
      role: "feature",
      name,
      column: name,
      kind: /^(list of )?(integer|float)$/.test(type) ? "numeric" : "categorical",
    }));
}

function namesOf({ columns }: LogDescription): string {
  return columns.map(({ name }) => name).join(", ");
}
