import { incomplete } from "../core/errors.js";
import type { ModelState } from "./state.js";
import type { Table } from "./table.js";

const STRETCH_ROWS = 4096;

/**
 * Error (exit 3): a weight or a slot of some row in use that is not finite, with its term, feature, row and rate. A
 * learner stops at such a weight by itself; a slot that has overflowed leaves its weights as they are, for ever. O(state).
 */
export function checkFinite({ tables }: ModelState): void {
  for (const table of tables) {
    const slots = table.slots.map(
      (values, index) => [table.optimizer.slotNames[index] ?? "", values] as const,
    );
    for (const [part, values] of [["weight", table.weights] as const, ...slots]) {
      const width = part === "weight" ? table.width : table.slotWidth;
      const read = table.packedParts(values);
      for (let from = 0; from < table.rows; from += STRETCH_ROWS) {
        const stretch = read(from * width, Math.min(from + STRETCH_ROWS, table.rows) * width);
        const bad = stretch.findIndex((value) => value - value !== 0);
        if (bad >= 0)
          throw notFinite(table, part, from + Math.floor(bad / width), stretch[bad] ?? Number.NaN);
      }
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
