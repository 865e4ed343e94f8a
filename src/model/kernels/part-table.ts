import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { LinearPart } from "./linear-parts.js";

/** Bytes of one part, as kernels/linear.ts reads them. */
export const PART_BYTES = 80;

const KINDS: Readonly<Record<LinearPart["kind"], number>> = { constant: 0, codes: 1, values: 2 };

/** Writes where everything of a part lies, and how it learns. `columnOffset`: of its column in a region. */
export function writePart(
  view: DataView,
  at: number,
  part: LinearPart,
  index: number,
  columnOffset: number,
): void {
  const { table, optimizer } = part;
  const integer = (offset: number, value: number): void => view.setInt32(at + offset, value, true);
  const pointer = (offset: number, to: { byteOffset: number } | undefined): void =>
    view.setUint32(at + offset, to?.byteOffset ?? 0, true);
  integer(0, KINDS[part.kind]);
  integer(4, part.term);
  pointer(8, table.weights);
  pointer(12, table.slots[0]);
  pointer(16, table.slots[1]);
  pointer(20, part.kind === "codes" ? part.rows.rowOfNewId : undefined);
  integer(24, part.kind === "codes" ? part.rows.unknownRow : 0);
  pointer(28, part.kind === "codes" ? part.rows.counts : undefined);
  pointer(32, table.gradientSquares);
  const { kind, numbers } = settingsOf(optimizer);
  integer(36, kind);
  numbers.forEach((value, place) => {
    view.setFloat64(at + 40 + 8 * place, value, true);
  });
  integer(72, columnOffset);
  integer(76, index);
}

/** Rate, l2, and two numbers that the optimizers use each in its own way. */
function settingsOf(optimizer: OptimizerSpec): { kind: number; numbers: [number, number, number, number] } {
  switch (optimizer.kind) {
    case "sgd":
      return { kind: 1, numbers: [optimizer.rate, optimizer.l2, 0, 0] };
    case "adagrad": {
      const { rate, l2, epsilon, epsilonPlacement } = optimizer;
      const inside = epsilonPlacement === "inside" ? epsilon : 0;
      return { kind: 2, numbers: [rate, l2, inside, epsilon - inside] };
    }
    case "ftrl":
      return { kind: 3, numbers: [optimizer.rate, optimizer.l2, optimizer.beta, optimizer.l1] };
    default:
      // Frozen; linearParts lets no other through.
      return { kind: 0, numbers: [0, 0, 0, 0] };
  }
}
