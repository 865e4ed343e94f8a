import chalk from "chalk";
import type { TableStability } from "../measure/stability/table-stability.js";
import { formatCount, formatFigure, formatTable } from "./format.js";

export interface StabilityReport {
  before: string;
  after: string;
  neighbours: { k: number; sample: number; seed: number };
  tables: readonly (TableStability & {
    table: string;
    width: number;
    onlyBefore: number;
    onlyAfter: number;
  })[];
  unmatched: readonly { table: string; why: string }[];
  downstream: readonly string[];
}

/** What a person sees of two models' embeddings: a line a table, then what it means for others. */
export function stabilityText({
  before,
  after,
  neighbours,
  tables,
  unmatched,
  downstream,
}: StabilityReport): string {
  const rows = tables.map((one) => {
    const { moved, movedAfterAlignment: turned } = one;
    const afterTurn = (figure: "relativeNorm" | "angleDegrees", places: number): string =>
      "refused" in turned ? turned.refused : formatFigure(turned[figure].median, places);
    return [
      one.table,
      formatCount(one.matchedRows),
      formatFigure(one.shareUntouched, 3),
      formatFigure(moved.relativeNorm.median, 3),
      formatFigure(moved.angleDegrees.median, 1),
      afterTurn("relativeNorm", 3),
      afterTurn("angleDegrees", 1),
      formatFigure(one.neighbourOverlap, 3),
      formatFigure(one.normGrowth, 3),
    ];
  });
  const header = [
    ...["embeddings", "rows", "untouched", "moved", "degrees", "aligned: moved", "degrees"],
    ...["same neighbours", "length"],
  ];
  return [
    chalk.bold(`From ${before} to ${after}`),
    "",
    formatTable(header, rows),
    "",
    "moved: |after - before| / |before|, median; degrees: angle between, median; aligned: after the space was turned",
    `back as a whole; same neighbours: of the ${neighbours.k} nearest by cosine; length: after / before`,
    ...tables.map(
      ({ table, onlyBefore, onlyAfter }) =>
        `${table}: ${formatCount(onlyBefore)} ids in the first model alone, ${formatCount(onlyAfter)} in the second`,
    ),
    ...unmatched.map(({ table, why }) => `${table}: not compared: ${why}`),
    "",
    ...downstream,
    "",
  ].join("\n");
}
