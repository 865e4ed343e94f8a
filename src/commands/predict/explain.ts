import { openLog } from "../../io/log-source.js";
import { explainRow, type RowExplanation } from "../../replay/explain-row.js";
import { formatTable, jsonDocument } from "../../report/format.js";
import { openToHold } from "../open-inputs.js";

/** Numbers of a vector that a line has room for; --json has all. */
const SHOWN = 4;

type Feature = RowExplanation["features"][number];

/** How one row comes to its score: `unbatch predict --explain-row`. Needs neither times nor labels of the log. */
export async function explain(
  modelPath: string,
  logs: string[],
  row: number,
  options: { json?: boolean },
): Promise<void> {
  const { model } = await openToHold(modelPath);
  const explanation = await explainRow(model, await openLog(logs), row);
  const { link, precision } = model.spec.learner;
  const body = { ...explanation, link, weights: precision, sums: "float64" };
  process.stdout.write(
    options.json === true ? jsonDocument("explain-row", body) : textOf(explanation, link, precision),
  );
}

function textOf(explanation: RowExplanation, link: string, precision: string): string {
  const { row, file, rowGroup, rowOfFile, features, offsets } = explanation;
  const inputs = features.map((feature) => [
    feature.column,
    JSON.stringify(feature.value),
    feature.feature,
    feature.encoder,
    resultOf(feature),
  ]);
  const logged = offsets.map(({ column, value }) => [column, JSON.stringify(value), "", "offset", ""]);
  return [
    `row ${row} of the log: row ${rowOfFile} of ${file} (row group ${rowGroup})`,
    "",
    formatTable(["column", "value", "feature", "encoder", "row or number"], [...inputs, ...logged]),
    "",
    ...vectorTable(features),
    ...resultLines(explanation.result, link, precision),
    "",
  ].join("\n");
}

function resultOf({ rows, number, rejected }: Feature): string {
  if (rejected !== undefined) return `rejected: ${rejected}`;
  if (rows === undefined) return String(number);
  return rows
    .map(({ row, weight, isNew }) => `${row}${weight === 1 ? "" : ` x ${weight}`}${isNew ? " (new id)" : ""}`)
    .join(", ");
}

function vectorTable(features: readonly Feature[]): string[] {
  const lines = features.flatMap(({ vectors }) =>
    vectors.map(({ table, values }) => [
      table,
      values.slice(0, SHOWN).map(short).join(" ") + (values.length > SHOWN ? ` ... (${values.length})` : ""),
    ]),
  );
  return lines.length === 0 ? [] : [formatTable(["table", "what the row gives"], lines), ""];
}

function resultLines(result: RowExplanation["result"], link: string, precision: string): string[] {
  if ("rejected" in result) return [`not scored: ${result.rejected.join(", ")}`];
  const { terms, score, prediction } = result;
  const parts = terms.flatMap(({ term, kind, contribution, features = [] }) => [
    [term, kind, String(contribution)],
    ...features.map((one) => [`  ${one.feature}`, "", String(one.contribution)]),
  ]);
  return [
    formatTable(["term", "kind", "contribution"], parts),
    "",
    `score       ${score} (the terms' sum in this order, in float64; weights in ${precision})`,
    `prediction  ${prediction} (${link})`,
  ];
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
