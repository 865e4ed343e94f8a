import { formatCount } from "../format.js";
import { type ParityResult, parityParts } from "../parity-text.js";
import { escaped, htmlPage, htmlTable, htmlTerms } from "./page.js";

interface RowScores {
  row: number;
  source: number;
  online: number;
  golden?: number;
  run?: number;
}

/** The proof of a conversion, row by row: what `convert --report` writes as JSON. */
export interface ParityDocument {
  checkpoint: string;
  format: string;
  family: string;
  /** Largest difference at most the tolerance. */
  isWithin: boolean;
  parity: ParityResult;
  /** What the row of the largest difference has in each column. */
  worst: Readonly<Record<string, string | number | null>>;
  scores: readonly RowScores[];
}

/** More rows than a person scrolls through are in the JSON. */
const MOST_ROWS = 1000;
const LARGEST = 10;

/** The parity section as a page: what was compared, the rows that differ most, every row, the first updates. */
export function parityPage(document: ParityDocument): string {
  const { checkpoint, format, family, isWithin, parity, scores, worst } = document;
  const values = Object.entries(worst).map(([column, value]) => `${column} = ${value ?? "missing"}`);
  const summary = htmlTerms([
    ["checkpoint", `${checkpoint} (${format}), ${family}`],
    [
      "verdict",
      isWithin
        ? "the scores are the same, within the tolerance"
        : "the scores differ by more than the tolerance",
    ],
    ...parityParts(parity).map(({ word, text }) => [word, text] as const),
    [`row ${parity.at}`, values.join(", ")],
  ]);
  const apart = [...scores].sort((a, b) => differenceOf(b) - differenceOf(a)).slice(0, LARGEST);
  const shown = scores.slice(0, MOST_ROWS);
  const more = scores.length - shown.length;
  const hidden =
    more === 0 ? "" : `<p>${formatCount(more)} more rows are in the JSON: --report parity.json.</p>`;
  return htmlPage(
    "Does the online model score as its source did?",
    `<section><h2>What was compared</h2>
${summary}
<p>Scores before the link (logits), before anything was learned.</p></section>
<section><h2>Rows that differ most</h2>
${scoreTable(`The ${apart.length} rows of the largest difference`, apart)}</section>
<section><h2>Every row</h2>
${scoreTable(`${formatCount(shown.length)} rows, in their order`, shown)}
${hidden}</section>
<section><h2>The first online updates</h2>
${updateTable(parity)}</section>`,
  );
}

/** The online score against the source's own where there is one; `run` may stand for several, so that it counts apart. */
function differenceOf({ source, online, golden }: RowScores): number {
  const scores = golden === undefined ? [source, online] : [source, online, golden];
  return Math.max(...scores) - Math.min(...scores);
}

function scoreTable(caption: string, rows: readonly RowScores[]): string {
  const hasGolden = rows.some(({ golden }) => golden !== undefined);
  const hasRun = rows.some(({ run }) => run !== undefined);
  const header = [
    "row",
    ...(hasGolden ? ["golden, by your pipeline"] : []),
    ...(hasRun ? ["by its framework"] : []),
    ...["from the source's tensors", "online model", "largest difference"],
  ];
  const lines = rows.map((scores) => [
    String(scores.row),
    ...(hasGolden ? [numberText(scores.golden)] : []),
    ...(hasRun ? [numberText(scores.run)] : []),
    ...[numberText(scores.source), numberText(scores.online), differenceOf(scores).toExponential(2)],
  ]);
  return htmlTable(caption, header, lines);
}

function updateTable({ updates }: ParityResult): string {
  if (updates === undefined || "notMade" in updates) {
    const why = updates === undefined ? "" : `: ${updates.notMade}`;
    return `<p>${escaped(`Not compared with the source's optimizer${why}.`)}</p>`;
  }
  const lines = (updates.steps ?? []).map(({ row, label, before, source, online }, at) => [
    ...[String(at + 1), String(row), String(label)],
    ...[before, source, online].map(numberText),
    Math.abs(online - source).toExponential(2),
  ]);
  const header = [
    ...["update", "row", "label", "score before", "after, by the source's optimizer", "after, online"],
    "difference",
  ];
  return htmlTable(
    `${lines.length} updates, one row each, from the optimizer's memory as saved`,
    header,
    lines,
  );
}

function numberText(value: number | undefined): string {
  return value === undefined ? "" : value.toPrecision(9);
}
