import { incomplete } from "../core/errors.js";
import type { StateArray } from "./optimizers/optimizer.js";
import type { ModelState } from "./state.js";
import type { Table } from "./table.js";

/**
 * Error (exit 3): a weight or a slot of some row in use that is not finite, with its term, feature, row and rate. A
 * learner stops at such a weight by itself; a slot that has overflowed leaves its weights as they are, for ever. O(state).
 */
export function checkFinite({ tables }: ModelState): void {
  for (const table of tables) {
    const { width, stride, optimizer } = table;
    checkRows(table, "weight", table.weights, { width, stride });
    const lie = optimizer.slotsPer === "row" ? { width: 1, stride: 1 } : { width, stride };
    table.slots.forEach((values, index) => {
      checkRows(table, optimizer.slotNames[index] ?? "slot", values, lie);
    });
  }
}

function checkRows(
  table: Table,
  part: string,
  values: StateArray,
  { width, stride }: { width: number; stride: number },
): void {
  for (let row = 0; row < table.rows; row++) {
    for (let at = row * stride; at < row * stride + width; at++) {
      const value = values[at] ?? Number.NaN;
      if (value - value !== 0) throw notFinite(table, part, row, value);
    }
  }
}

function notFinite({ name, optimizer }: Table, part: string, row: number, value: number): Error {
  const [term = "", ...feature] = name.split("/");
  return incomplete({
    where: `term ${term}${feature.length === 0 ? "" : `, ${feature.join("/")}`}, row ${row}`,
    found: `${part} of ${value} (rate ${optimizer.rate})`,
    expected: "finite weights and optimizer slots",
    next: `lower the rate of ${term} under learner in unbatch.yaml, or bound its gradients with clipNorm`,
  });
}
