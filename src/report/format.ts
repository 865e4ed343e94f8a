import type { Figure } from "../core/figure.js";
import { printable } from "../core/printable.js";

/** A figure for people: the number to so many places, or why there is none. */
export function formatFigure(figure: Figure | undefined, places: number): string {
  if (figure === undefined) return "";
  return "refused" in figure ? figure.refused : figure.value.toFixed(places);
}

/** A figure's interval for people; nothing where it has none. */
export function formatInterval(figure: Figure | undefined, places: number): string {
  if (figure === undefined || "refused" in figure || figure.interval === undefined) return "";
  return `${figure.interval.low.toFixed(places)} to ${figure.interval.high.toFixed(places)}`;
}

/** Thousands apart, as "en-US" has them; that locale takes longer to load than a short log to replay. */
export function formatCount(count: number): string {
  const [whole = "", fraction] = String(count).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Names in models have tens of characters. */
const MOST_CHARACTERS = 200;

/** Columns padded to their widest cell: the first to the left, the others to the right. Cells are made printable. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((line) => line.map((cell) => printable(cell, MOST_CHARACTERS)));
  const widths = header.map((_, column) =>
    lines.reduce((most, line) => Math.max(most, (line[column] ?? "").length), 0),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const [head = "", ...body] = lines.map(format);
  return [head, rule, ...body].join("\n");
}

/** The one document that --json prints. */
export function jsonDocument(schema: string, body: object): string {
  return `${JSON.stringify({ schema: `unbatch.${schema}`, version: 1, ...body }, null, 2)}\n`;
}
