import type { LogConfig } from "../config/config.js";
import { ALWAYS_POSITIVE, type LabelRule, parseLabelRule } from "../config/label-rule.js";
import { checkTextColumns } from "../config/label-texts.js";
import type { ColumnDescription, LogDescription } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import type { ModelSpec } from "../core/model-spec.js";
import { nearestName } from "../core/nearest.js";
import type { Identity } from "../model/batch.js";

/** What will be read of a log and what each column is for: planned as data before any page is read. */
export interface ReadPlan {
  columns: readonly string[];
  time: ColumnDescription;
  known: ColumnDescription | undefined;
  label: LabelRule | undefined;
  offsets: readonly string[];
  identities: readonly { name: Identity; column: string }[];
  rows: number;
}

/** Rows that are held in memory at once; a longer log is refused, not attempted. */
export const DEFAULT_MAX_ROWS = 20_000_000;

/**
 * Errors: a column that the log does not have (the nearest name is offered), one of a type that cannot serve, no
 * label where one is needed, more rows than `maxRows`.
 */
export function planRead(
  log: LogConfig,
  spec: ModelSpec,
  description: LogDescription,
  options: { labels: "required" | "ignored"; identities?: readonly Identity[]; maxRows: number },
): ReadPlan {
  if (description.rows > options.maxRows) throw tooManyRows(description.rows, options.maxRows);
  const byName = new Map(description.columns.map((column) => [column.name, column]));
  const needed = new Set<string>();
  const need = (name: string, key: string): ColumnDescription => {
    const column = byName.get(name);
    if (column === undefined) throw missingColumn(name, key, [...byName.keys()], description);
    if (column.type === "unsupported") throw unsupported(column, key);
    needed.add(name);
    return column;
  };

  const withLabels = options.labels === "required";
  const time = need(log.time.column, "log.time");
  const isPositivesAlone = withLabels && spec.learner.negatives !== undefined;
  const label = withLabels ? labelRule(log, isPositivesAlone) : undefined;
  for (const name of label?.columns ?? []) need(name, "log.label");
  if (label !== undefined) checkTextColumns(label, description.columns);
  const known =
    withLabels && log.known !== undefined && "column" in log.known
      ? need(log.known.column, "log.known.column")
      : undefined;
  for (const { name, column } of spec.features) need(column, `features.${name}.column`);
  const offsets = spec.terms.flatMap((term) => (term.kind === "offset" ? [term.column] : []));
  for (const name of offsets) need(name, "offset term's column");
  if (log.eventId !== undefined) need(log.eventId, "log.eventId");
  if (withLabels && log.weight !== undefined) need(log.weight, "log.weight");
  const asked = new Set([...(options.identities ?? []), ...(isPositivesAlone ? DRAWN_BY : [])]);
  const identities = [...asked].flatMap((name) => {
    const column = log[name];
    return column === undefined ? [] : [{ name, column: need(column, `log.${name}`).name }];
  });
  return { columns: [...needed], time, known, label, offsets, identities, rows: description.rows };
}

/** What negatives are drawn by. */
const DRAWN_BY: readonly Identity[] = ["user", "item"];

/** Without a rule, every event of a log of positives alone is one. */
function labelRule(log: LogConfig, isPositivesAlone: boolean): LabelRule {
  if (log.label !== undefined) return parseLabelRule(log.label.rule);
  if (isPositivesAlone) return ALWAYS_POSITIVE;
  throw new UnbatchError({
    where: "unbatch.yaml",
    found: "no log.label",
    expected: "a rule over columns, for example label: rating >= 8",
    next: "add it, or let unbatch init propose one",
  });
}

function missingColumn(
  name: string,
  key: string,
  names: readonly string[],
  description: LogDescription,
): UnbatchError {
  const nearest = nearestName(name, names);
  return new UnbatchError({
    where: description.files[0]?.path ?? "the log",
    found: `no column "${name}" (${key})`,
    expected:
      nearest === undefined
        ? `one of ${names.join(", ")}`
        : `did you mean "${nearest}"? It has ${names.join(", ")}`,
    next: `change ${key} in unbatch.yaml, or look at the log with unbatch inspect`,
  });
}

function unsupported(column: ColumnDescription, key: string): UnbatchError {
  return new UnbatchError({
    found: `column "${column.name}" (${key}) is ${column.physicalType}`,
    expected: "a flat column of numbers, text, booleans or times",
    next: "flatten it when the log is written, or choose another column",
  });
}

function tooManyRows(rows: number, maxRows: number): UnbatchError {
  return new UnbatchError({
    found: `${rows} rows`,
    expected: `at most ${maxRows}: this version sorts a log in memory`,
    next: "replay it in parts (one part's model is the next one's MODEL), or raise --max-rows if there is memory",
  });
}
