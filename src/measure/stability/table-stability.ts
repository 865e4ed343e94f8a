import type { Figure, Refusal } from "../../core/figure.js";
import { type Displacement, displacement } from "./displacement.js";
import type { MatchedRows } from "./matched-rows.js";
import { type NeighbourOptions, neighbourOverlap } from "./neighbour-overlap.js";
import { normGrowth } from "./norm-growth.js";
import { aligned } from "./procrustes.js";
import { shareUntouched } from "./untouched.js";

/** One embedding table of two models. */
export interface TableStability {
  /** Ids that both models have. */
  matchedRows: number;
  shareUntouched: Figure;
  /** As the vectors stand. */
  moved: Displacement;
  /** After the whole space was turned back: see aligned. */
  movedAfterAlignment: Displacement | Refusal;
  neighbourOverlap: Figure;
  normGrowth: Figure;
}

/** O(rows x width^2 + width^3 + sample x rows x width). */
export function tableStability(matched: MatchedRows, options: NeighbourOptions): TableStability {
  const turned = aligned(matched);
  return {
    matchedRows: matched.rows,
    shareUntouched: shareUntouched(matched),
    moved: displacement(matched),
    movedAfterAlignment: "refused" in turned ? turned : displacement(turned),
    neighbourOverlap: neighbourOverlap(matched, options),
    normGrowth: normGrowth(matched),
  };
}
