import type { LogConfig } from "../config/config.js";
import { ALWAYS_POSITIVE, type LabelRule, parseLabelRule } from "../config/label-rule.js";
import { checkTextColumns } from "../config/label-texts.js";
import {
  type ColumnDescription,
  isFlat,
  isList,
  type LogDescription,
  type LogSource,
} from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import type { ModelSpec } from "../core/model-spec.js";
import { nearestName } from "../core/nearest.js";
import type { Identity } from "../model/batch.js";
import { bagColumns } from "./bag-columns.js";
import { type TimeColumn, timeColumn } from "./event-times.js";
import { planOrder, type Stretch, scanTimes } from "./read-order.js";

/** What is read of a log and what each column is for: planned as data before any page is read. */
export interface ColumnPlan {
  columns: readonly string[];
  time: ColumnDescription;
  known: ColumnDescription | undefined;
  label: LabelRule | undefined;
  offsets: readonly string[];
  identities: readonly { name: Identity; column: string }[];
  rows: number;
}

/** The same once the columns of times have been looked at: their units, and the order in which rows come. */
export interface ReadPlan extends Omit<ColumnPlan, "time" | "known"> {
  time: TimeColumn;
  known: TimeColumn | undefined;
  stretches: readonly Stretch[];
}

/** Rows that are held in memory at once; more are refused, not attempted. */
export const DEFAULT_MAX_ROWS = 20_000_000;

/** Errors: see planColumns; rows out of order, more than `maxRows` of which would have to be sorted at once. */
export async function planRead(
  source: LogSource,
  log: LogConfig,
  spec: ModelSpec,
  options: { labels: "required" | "ignored"; identities?: readonly Identity[]; maxRows: number },
): Promise<ReadPlan> {
  const columns = planColumns(log, spec, await source.describe(), options);
  const time = await timeColumn(source, columns.time, log.time.unit);
  const known = columns.known && (await timeColumn(source, columns.known, undefined));
  const tie = log.eventId === undefined ? "place" : "event id";
  const stretches = planOrder(await scanTimes(source, time), tie);
  const sorted = stretches.filter(({ order }) => order === "sorted").map(({ rows }) => rows);
  const most = Math.max(0, ...sorted);
  if (most > options.maxRows) throw tooManyRows(most, options.maxRows);
  return { ...columns, time, known, stretches };
}

/**
 * Errors: a column that the log does not have (the nearest name is offered), one of a type that cannot serve, no
 * label where one is needed.
 */
function planColumns(
  log: LogConfig,
  spec: ModelSpec,
  description: LogDescription,
  options: { labels: "required" | "ignored"; identities?: readonly Identity[] },
): ColumnPlan {
  const byName = new Map(description.columns.map((column) => [column.name, column]));
  const needed = new Set<string>();
  const find = (name: string, key: string): ColumnDescription => {
    const column = byName.get(name);
    if (column === undefined) throw missingColumn(name, key, [...byName.keys()], description);
    needed.add(name);
    return column;
  };
  const need = (name: string, key: string): ColumnDescription => {
    const column = find(name, key);
    if (!isFlat(column.type)) throw unsupported(column, key);
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
  for (const { bag, ...feature } of spec.features) {
    if (bag === undefined) need(feature.column, `features.${feature.name}.column`);
    else bagColumns({ ...feature, bag }, find);
  }
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
    next: isList(column.type)
      ? "a feature reads lists with bag: sum or mean (docs/unbatch-yaml.md); choose another column for anything else"
      : "flatten it when the log is written, or choose another column",
  });
}

function tooManyRows(rows: number, maxRows: number): UnbatchError {
  return new UnbatchError({
    found: `${rows} rows whose times overlap, out of order`,
    expected: `at most ${maxRows} to sort at once: rows in order need no sort`,
    next: "write the log in order of time, replay it in parts, or raise --max-rows if there is memory",
  });
}
