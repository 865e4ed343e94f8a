import type { Column, ListColumn, RowGroupColumns } from "../core/column.js";
import { type Rejections, reject } from "../core/rejections.js";
import type { EventId } from "./order.js";

export function columnOf(block: RowGroupColumns, name: string): Column {
  const column = block.columns.get(name);
  if (column === undefined) throw new TypeError(`row group without column ${name}`);
  return column;
}

export function anyColumnOf(block: RowGroupColumns, name: string): Column | ListColumn {
  return block.lists.get(name) ?? columnOf(block, name);
}

/** Offsets must be finite, weights finite and not negative; a row whose value is not is set aside. */
export function copyNumbers(
  column: Column,
  into: Float64Array,
  rejections: Rejections,
  reason: "offset-invalid" | "weight-invalid",
): void {
  for (let row = 0; row < into.length; row++) {
    const value = column.kind === "number" ? (column.values[row] ?? Number.NaN) : Number.NaN;
    const valid = Number.isFinite(value) && (reason === "offset-invalid" || value >= 0);
    if (!valid) reject(rejections, row, reason);
    into[row] = valid ? value : 0;
  }
}

/** The ids of events, where the log has them: they break ties of time, and an event is used once. */
export class EventIdColumn {
  readonly #name: string;
  readonly #seen = new Set<EventId>();
  /** Of the rows in hand. */
  ids: EventId[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  add(parts: readonly RowGroupColumns[], rejections: Rejections): void {
    this.ids = [];
    for (const part of parts) appendEventIds(columnOf(part, this.#name), part.rows, this.ids, rejections);
  }

  /** Of rows in their order, those whose event did not come before. */
  withoutRepeats(order: Int32Array, rejections: Rejections): Int32Array {
    return order.filter((row) => {
      const id = this.ids[row] ?? 0;
      if (this.#seen.has(id)) reject(rejections, row, "event-id-repeated");
      else this.#seen.add(id);
      return rejections[row] === 0;
    });
  }
}

/**
 * An integer that a double holds is a number even where its row group came as texts, because another id there is beyond
 * 2^53: so it is the same id whatever it was stored beside.
 */
function appendEventIds(column: Column, rows: number, into: EventId[], rejections: Rejections): void {
  const distinct = column.kind === "text" ? column.distinct.map(eventIdOf) : [];
  for (let row = 0; row < rows; row++) {
    const id = column.kind === "number" ? column.values[row] : distinct[column.codes[row] ?? -1];
    if (id === undefined || Number.isNaN(id)) reject(rejections, into.length, "event-id-missing");
    into.push(id ?? 0);
  }
}

function eventIdOf(text: string): EventId {
  const number = Number(text);
  return Number.isSafeInteger(number) && String(number) === text ? number : text;
}
