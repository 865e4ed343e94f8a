import { UnbatchError } from "../../core/errors.js";
import { nearestName } from "../../core/nearest.js";
import { type Cell, readTable, type Table } from "../../io/table-file.js";
import { type IdColumn, Ids, type LoggedEvents } from "../../measure/ope/events.js";
import type { ProbabilityTable } from "../../measure/ope/table-target.js";
import type { OpeColumns } from "./columns.js";

/** A table of probabilities, and which columns of the log its lists are chosen by. */
export interface PolicyTable extends ProbabilityTable {
  by: { position: boolean; event: boolean };
  /** The key of a list, from the texts of a row's position and event. */
  keyFor(position: string, event: string): number;
}

/**
 * Columns `item` and `probability`, and where there is one list for each position or event, `position` and `event`; the
 * log's own column names serve as well. A table of two columns may call them anything, item first.
 * Errors: a missing column, a null, a probability that is not a number, an item twice in one list.
 */
export async function readPolicyTable(path: string, columns: OpeColumns, items: Ids): Promise<PolicyTable> {
  const table = await readTable(path);
  const item = required(path, table, ["item", columns.item], 0);
  const probability = required(path, table, ["probability"], 1);
  const position = optional(table, ["position", columns.position]);
  const event = optional(table, ["event", columns.eventId]);
  if (event !== undefined && columns.eventId === undefined) {
    throw new UnbatchError({
      where: path,
      found: "a column of events",
      expected: "log.eventId in unbatch.yaml, to find them in the log by",
      next: "name the log's column of event ids",
    });
  }
  if (position !== undefined && columns.position === undefined) {
    throw new UnbatchError({
      where: path,
      found: "a column of positions",
      expected: "log.position in unbatch.yaml, or --position: the log's column to find them by",
      next: "name it, or leave the column out of the table",
    });
  }
  const keys = new Ids();
  const seen = new Set<string>();
  const keyOf = new Int32Array(table.rows);
  const codes = new Int32Array(table.rows);
  const probabilities = new Float64Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const key = keyText(idAt(path, position, row), idAt(path, event, row));
    const id = idAt(path, item, row);
    keyOf[row] = keys.codeOf(key);
    codes[row] = items.codeOf(id);
    probabilities[row] = numberAt(path, probability, row);
    const entry = `${keyOf[row]} ${codes[row]}`;
    if (seen.has(entry)) throw twice(path, id, key, row);
    seen.add(entry);
  }
  const known = new Map(keys.ids.map((key, code) => [key, code]));
  return {
    ...{ keys: keys.ids, keyOf, items: codes, probabilities },
    by: { position: position !== undefined, event: event !== undefined },
    keyFor: (ofPosition, ofEvent) => known.get(keyText(ofPosition, ofEvent)) ?? -1,
  };
}

/** Which list of the table serves each row. Error: rows that no list serves. */
export function keyOfRows(
  path: string,
  table: PolicyTable,
  { position, rows: all, where }: LoggedEvents,
  eventIds: IdColumn | undefined,
  rows: Int32Array,
): Int32Array {
  const keys = new Int32Array(all).fill(table.keyFor("", ""));
  const { by } = table;
  if (!by.position && !by.event) return keys;
  let missing = 0;
  let first = -1;
  for (const row of rows) {
    const ofPosition = by.position ? textOf(position, row) : "";
    const key = table.keyFor(ofPosition, by.event ? textOf(eventIds, row) : "");
    keys[row] = key;
    if (key >= 0) continue;
    if (missing === 0) first = row;
    missing += 1;
  }
  if (missing === 0) return keys;
  const parts = [
    by.event ? `event ${textOf(eventIds, first)}` : "",
    by.position ? `position ${textOf(position, first)}` : "",
  ];
  throw new UnbatchError({
    where: path,
    found: `no list for ${missing} of ${rows.length} rows, such as ${parts.filter((part) => part !== "").join(", ")} (${where(first)})`,
    expected: `a list for each ${by.event ? "event" : "position"} of the log`,
    next: "add them, or evaluate a part of the log: --from and --to",
  });
}

function textOf(column: IdColumn | undefined, row: number): string {
  return column?.ids[column.codes[row] ?? -1] ?? "";
}

interface NamedColumn {
  name: string;
  cells: readonly Cell[];
}

function keyText(position: string, event: string): string {
  return [event === "" ? "" : `event ${event}`, position === "" ? "" : `position ${position}`]
    .filter((part) => part !== "")
    .join(", ");
}

function optional(table: Table, names: readonly (string | undefined)[]): NamedColumn | undefined {
  for (const name of names) {
    const cells = name === undefined ? undefined : table.columns.get(name);
    if (name !== undefined && cells !== undefined) return { name, cells };
  }
  return undefined;
}

function required(path: string, table: Table, names: readonly string[], place: number): NamedColumn {
  const found = optional(table, names);
  if (found !== undefined) return found;
  const all = [...table.columns.keys()];
  const name = all[place];
  const cells = name === undefined ? undefined : table.columns.get(name);
  if (all.length === 2 && name !== undefined && cells !== undefined) return { name, cells };
  const wanted = names[0] ?? "";
  const nearest = nearestName(wanted, all);
  throw new UnbatchError({
    where: path,
    found: `no column ${JSON.stringify(wanted)}; it has ${all.join(", ")}`,
    expected: `item,probability${nearest === undefined ? "" : ` (is it ${JSON.stringify(nearest)}?)`}`,
    next: "name the columns so; position and event columns may stand beside them",
  });
}

function idAt(path: string, column: NamedColumn | undefined, row: number): string {
  if (column === undefined) return "";
  const cell = column.cells[row];
  if (cell !== undefined && cell !== "" && !Number.isNaN(cell)) return String(cell);
  throw new UnbatchError({
    where: `${path}, row ${row}`,
    found: `no ${column.name}`,
    expected: "an id in each row",
    next: "fill it in, or leave the row out",
  });
}

function numberAt(path: string, column: NamedColumn, row: number): number {
  const cell = column.cells[row];
  const value = typeof cell === "string" && cell.trim() === "" ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw new UnbatchError({
    where: `${path}, row ${row}`,
    found: `${column.name} ${JSON.stringify(cell) ?? "null"}`,
    expected: "a probability: a number",
    next: "correct it",
  });
}

function twice(path: string, id: string, key: string, row: number): UnbatchError {
  return new UnbatchError({
    where: `${path}, row ${row}`,
    found: `item ${JSON.stringify(id)} twice${key === "" ? "" : ` in ${key}`}`,
    expected: "each item once in a list",
    next: "remove one of them, or add the column (position, event) that tells them apart",
  });
}
