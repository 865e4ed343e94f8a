import { estimate, type Figure, refusal } from "../core/figure.js";
import type { ModelState } from "../model/state.js";

/** How one term learns: a rate that has decayed to nothing, or gradients that do not fall, show here first. */
export interface TermProgress {
  term: string;
  /** Root of the mean over learned rows of the squared norm of the gradient that was applied to the term's weights. */
  gradientNorm: Figure;
  /** Mean over weights that have learned of how far a unit of gradient would move each now. */
  effectiveRate: Figure;
}

/** Rows of a table that are looked at: of a larger one, every so many. */
const MOST_ROWS = 2500;

/** Progress of every learning term since the last look. O(tables x 2,500 rows). */
export function termProgress(state: ModelState, rowsLearned: number): TermProgress[] {
  const learning = state.spec.terms.filter(({ kind }) => kind !== "offset");
  return learning.map(({ name: term }) => {
    let squares = 0;
    let rates = 0;
    let weights = 0;
    let isSample = false;
    for (const table of state.tablesOf(term)) {
      squares += table.takeGradientSquares();
      const step = Math.ceil(table.rows / MOST_ROWS);
      isSample ||= step > 1;
      for (let row = 0; row < table.rows; row += step) {
        for (let k = 0; k < table.width; k++) {
          const rate = table.effectiveRate(row, k);
          if (rate === undefined) continue;
          // One that is looked at stands for those that are not.
          rates += step * rate;
          weights += step;
        }
      }
    }
    return {
      term,
      gradientNorm:
        rowsLearned > 0
          ? estimate(Math.sqrt(squares / rowsLearned), rowsLearned, "root mean square of gradient norms")
          : notLearned(),
      effectiveRate:
        weights > 0
          ? estimate(
              rates / weights,
              weights,
              isSample ? "mean over a sample of weights" : "mean over weights",
            )
          : notLearned(),
    };
  });
}

function notLearned(): Figure {
  return refusal("no-rows", "nothing was learned in it", "use a longer window");
}
