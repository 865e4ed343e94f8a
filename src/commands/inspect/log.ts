import type { Config } from "../../config/config.js";
import { evaluateLabelRule, parseLabelRule } from "../../config/label-rule.js";
import { checkTextColumns, NumberTexts } from "../../config/label-texts.js";
import type { LogSource } from "../../core/column.js";
import { estimate, type Figure, refusal } from "../../core/figure.js";
import { formatTime } from "../../core/time.js";
import { openLog } from "../../io/log-source.js";
import { likelyTimeColumn, profileColumns, profileTime, type TimeProfile } from "../../replay/profile.js";
import { formatCount, formatFigure, formatTable } from "../../report/format.js";
import type { CommonOptions } from "../common-options.js";
import { findConfig, progressOf } from "../open-inputs.js";

/** Columns, types, row groups, time range and the unit found, order, distinct values, nulls, label rate. */
export async function inspectLog(
  path: string,
  options: CommonOptions,
): Promise<{ body: object; text: string }> {
  const [source, config, progress] = [
    await openLog([path]),
    await findConfig(options),
    await progressOf(options),
  ];
  const description = await source.describe();
  const profile = await profileColumns(source, undefined, progress);
  const named = config?.log.time.column;
  const timeColumn = description.columns.some(({ name }) => name === named)
    ? named
    : likelyTimeColumn(description.columns);
  const time = timeColumn === undefined ? undefined : await profileTime(source, timeColumn);
  const labelRate = await rateOf(source, config);
  const groups = description.files.flatMap(({ rowGroups }) => rowGroups.map(({ rows }) => rows));
  const columns = profile.columns.map(
    ({ name, type, physicalType, nulls, distinct, isCapped, numbers, lengths, examples }) => ({
      ...{ name, type, physicalType, nulls, distinct, distinctIsLowerBound: isCapped, examples },
      ...(numbers === undefined ? {} : { min: numbers.min, max: numbers.max }),
      ...(lengths === undefined ? {} : { lengths }),
    }),
  );
  const body = {
    ...{ kind: "log", path, rows: description.rows, profiledRows: profile.rows },
    files: description.files.map(({ rowGroups, ...file }) => ({ ...file, rowGroups: rowGroups.length })),
    ...{ rowGroups: groups.length, columns },
    ...(time === undefined ? {} : { time: timeDocument(time) }),
    labelRate,
  };
  const text = [
    `${path}: a log of ${formatCount(description.rows)} rows in ${description.files.length} file(s), ` +
      `${groups.length} row group(s) of ${formatCount(Math.min(...groups))} to ${formatCount(Math.max(...groups))} rows`,
    `written by ${[...new Set(description.files.map(({ createdBy }) => createdBy))].join("; ")}`,
    "",
    formatTable(
      ["column", "type", "in the file", "distinct", "nulls", "range or examples"],
      columns.map((column) => [
        column.name,
        column.type,
        column.physicalType,
        `${column.distinctIsLowerBound ? "over " : ""}${formatCount(column.distinct)}`,
        formatCount(column.nulls),
        rangeOf(column),
      ]),
    ),
    "",
    ...(profile.rows < description.rows ? [`looked at the first ${formatCount(profile.rows)} rows`] : []),
    time === undefined
      ? "time: no column looks like one; name it as log.time in unbatch.yaml"
      : `time: ${time.column.name}, ${formatTime(time.firstMicros)} to ${formatTime(time.lastMicros)}, unit ${time.column.unit.unit} (${time.column.unit.because}), ${time.isSorted ? "in order" : "not in order"}`,
    "refused" in labelRate
      ? `label rate: ${labelRate.reason}`
      : `label rate: ${formatFigure(labelRate, 4)} (${config?.log.label?.rule})`,
    "",
  ];
  return { body, text: text.join("\n") };
}

interface Shown {
  min?: number;
  max?: number;
  lengths?: { min: number; max: number; mean: number };
  type: string;
  examples: readonly (string | number)[];
}

function rangeOf({ lengths, ...values }: Shown): string {
  if (lengths === undefined) return valuesOf(values);
  return `${lengths.min} to ${lengths.max} values (mean ${Number(lengths.mean.toPrecision(3))}): ${valuesOf(values)}`;
}

function valuesOf({ min, max, type, examples }: Omit<Shown, "lengths">): string {
  if (min === undefined || max === undefined) return examples.slice(0, 3).join(", ").slice(0, 40);
  return type.endsWith("timestamp") ? `${formatTime(min)} to ${formatTime(max)}` : `${min} to ${max}`;
}

/** The share of positive labels, where unbatch.yaml has a rule. */
function timeDocument({ column, ...time }: TimeProfile): object {
  const { unit, because } = column.unit;
  const range = { first: formatTime(time.firstMicros), last: formatTime(time.lastMicros) };
  return { column: column.name, unit, because, ...time, ...range };
}

async function rateOf(source: LogSource, config: Config | undefined): Promise<Figure> {
  const label = config?.log.label;
  if (label === undefined)
    return refusal("not-measured", "no unbatch.yaml with a label rule here", "unbatch init proposes one");
  const rule = parseLabelRule(label.rule);
  checkTextColumns(rule, (await source.describe()).columns);
  const texts = new NumberTexts(rule);
  let rows = 0;
  let positive = 0;
  for await (const block of source.read(rule.columns)) {
    texts.add(block.columns);
    evaluateLabelRule(rule, block.columns, block.rows, label.precision ?? "float64").forEach((value) => {
      if (Number.isNaN(value)) return;
      rows += 1;
      positive += value;
    });
  }
  texts.finish();
  if (rows === 0) return refusal("no-rows", "the label rule is undefined on every row", "check log.label");
  return estimate(positive / rows, rows, "share of positive labels");
}
