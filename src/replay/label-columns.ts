import type { LogConfig } from "../config/config.js";
import { evaluateLabelRule } from "../config/label-rule.js";
import { NumberTexts } from "../config/label-texts.js";
import type { RowGroupColumns } from "../core/column.js";
import type { LearnerSpec } from "../core/model-spec.js";
import { type Rejections, reject } from "../core/rejections.js";
import { columnOf, copyNumbers } from "./block-columns.js";
import { TimeColumn } from "./event-times.js";
import type { ReadPlan } from "./read-plan.js";

/** What labels must be depends on it: 0 or 1, but for the squared link; 1, where negatives are drawn. */
type Labelled = Pick<LearnerSpec, "link" | "negatives">;

/** Labels of a whole log, their weights, and when each was known. */
export class LabelColumns {
  readonly label: Float64Array;
  readonly weight: Float64Array | undefined;
  readonly #plan: ReadPlan;
  readonly #log: LogConfig;
  readonly #learner: Labelled;
  readonly #knownAt: TimeColumn | undefined;
  readonly #texts: NumberTexts | undefined;

  constructor(plan: ReadPlan, log: LogConfig, learner: Labelled) {
    this.#plan = plan;
    this.#log = log;
    this.#learner = learner;
    this.label = new Float64Array(plan.rows);
    this.weight =
      plan.label !== undefined && log.weight !== undefined ? new Float64Array(plan.rows) : undefined;
    this.#knownAt = plan.known && new TimeColumn(plan.rows, plan.known.type, undefined);
    this.#texts = plan.label && new NumberTexts(plan.label);
  }

  add(block: RowGroupColumns, at: number, rejections: Rejections): void {
    const { label: rule, known } = this.#plan;
    if (rule === undefined) return;
    if (known !== undefined) this.#knownAt?.add(columnOf(block, known.name), block.rows, at);
    this.#texts?.add(block.columns);
    const { precision = "float64", missing = "reject" } = this.#log.label ?? {};
    const { labels, undefinedRows } = evaluateLabelRule(rule, block.columns, block.rows, precision);
    for (let row = 0; row < block.rows; row++) {
      let value = labels[row] ?? Number.NaN;
      if (undefinedRows[row] !== 0) {
        // Not known yet is not wrong: such a row is predicted and stays pending.
        const isPending = this.#knownAt !== undefined && Number.isNaN(this.#knownAt.raw[at + row]);
        if (missing === "reject" && !isPending) reject(rejections, row, "label-undefined");
        value = missing === "reject" ? 0 : missing;
      } else if (this.#learner.link !== "squared" && value !== 0 && value !== 1) {
        reject(rejections, row, "label-not-binary");
      } else if (this.#learner.negatives !== undefined && value === 0) {
        reject(rejections, row, "not-a-positive");
      } else if (!Number.isFinite(value)) {
        reject(rejections, row, "label-not-finite");
      }
      this.label[at + row] = value;
    }
    const weights = this.weight?.subarray(at, at + block.rows);
    if (weights !== undefined)
      copyNumbers(columnOf(block, this.#log.weight ?? ""), weights, rejections, "weight-invalid");
  }

  /**
   * Once all rows are there: known-at of each, as a column says (never, where it is null), or shown-at plus the delay of
   * its label class. Error: a label rule that reads a column of texts as numbers, of which none is one.
   */
  finish(shownAtMicros: Float64Array, rejections: Rejections): Float64Array {
    this.#texts?.finish();
    if (this.#knownAt === undefined) return this.#delayed(shownAtMicros);
    const { micros } = this.#knownAt.finish(shownAtMicros.length);
    micros.forEach((known, row) => {
      if (Number.isNaN(known)) micros[row] = Number.POSITIVE_INFINITY;
      else if (known < (shownAtMicros[row] ?? 0)) reject(rejections, row, "known-before-shown");
    });
    return micros;
  }

  #delayed(shownAtMicros: Float64Array): Float64Array {
    const { known } = this.#log;
    const after = known !== undefined && "after" in known ? known.after : 0;
    const [positive, negative] =
      typeof after === "number" ? [after, after] : [after.positive, after.negative];
    return Float64Array.from(
      shownAtMicros,
      (shown, row) => shown + (this.label[row] === 1 ? positive : negative),
    );
  }
}
