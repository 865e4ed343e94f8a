import type { LogConfig } from "../config/config.js";
import { evaluateLabelRule } from "../config/label-rule.js";
import { NumberTexts } from "../config/label-texts.js";
import type { RowGroupColumns } from "../core/column.js";
import type { LearnerSpec } from "../core/model-spec.js";
import { type Rejections, reject } from "../core/rejections.js";
import type { Arrays } from "../core/rooms.js";
import { columnOf, copyNumbers } from "./block-columns.js";
import { eachPart } from "./block-encoder.js";
import { writeMicros } from "./event-times.js";
import type { ReadPlan } from "./read-plan.js";

/** What was known of some rows, and when. */
export interface Labels {
  label: Float64Array;
  weight: Float64Array | undefined;
  /** As a column says (Infinity where it is null), or shown-at plus the delay of the label's class. */
  knownAtMicros: Float64Array;
}

/** What labels must be depends on it: 0 or 1, but for the squared link; 1, where negatives are drawn. */
type Labelled = Pick<LearnerSpec, "link" | "negatives">;

/** Reads labels as unbatch.yaml's rule has them, their weights, and when each was known. */
export class LabelReader {
  readonly #plan: ReadPlan;
  readonly #log: LogConfig;
  readonly #learner: Labelled;
  readonly #texts: NumberTexts | undefined;

  constructor(plan: ReadPlan, log: LogConfig, learner: Labelled) {
    this.#plan = plan;
    this.#log = log;
    this.#learner = learner;
    this.#texts = plan.label && new NumberTexts(plan.label);
  }

  read(
    parts: readonly RowGroupColumns[],
    {
      shownAtMicros,
      arrays,
      rejections,
    }: { shownAtMicros: Float64Array; arrays: Arrays; rejections: Rejections },
  ): Labels {
    const rows = shownAtMicros.length;
    const { known, label: rule } = this.#plan;
    const label = arrays.float64(rows);
    if (rule === undefined) label.fill(0);
    const weight = rule !== undefined && this.#log.weight !== undefined ? arrays.float64(rows) : undefined;
    const knownAtMicros = arrays.float64(rows);
    eachPart(parts, (part, at) => {
      const to = at + part.rows;
      const rejected = rejections.subarray(at, to);
      const knownAt = knownAtMicros.subarray(at, to);
      if (known !== undefined) writeMicros(columnOf(part, known.name), part.rows, known.toMicros, knownAt, 0);
      this.#readLabels(part, label.subarray(at, to), known === undefined ? undefined : knownAt, rejected);
      if (weight !== undefined)
        copyNumbers(
          columnOf(part, this.#log.weight ?? ""),
          weight.subarray(at, to),
          rejected,
          "weight-invalid",
        );
    });
    if (known === undefined) this.#addDelay(shownAtMicros, label, knownAtMicros);
    else checkKnown(shownAtMicros, knownAtMicros, rejections);
    return { label, weight, knownAtMicros };
  }

  /** After the last row. Error: a label rule that reads a column of texts as numbers, of which none is one. */
  finish(): void {
    this.#texts?.finish();
  }

  #readLabels(
    { columns, rows }: RowGroupColumns,
    into: Float64Array,
    knownAt: Float64Array | undefined,
    rejections: Rejections,
  ): void {
    const { label: rule } = this.#plan;
    if (rule === undefined) return;
    this.#texts?.add(columns);
    const { precision = "float64", missing = "reject" } = this.#log.label ?? {};
    const labels = evaluateLabelRule(rule, columns, rows, precision);
    const { link, negatives } = this.#learner;
    const isBinary = link !== "squared";
    const isPositivesAlone = negatives !== undefined;
    for (let row = 0; row < rows; row++) {
      let value = labels[row] ?? Number.NaN;
      if (Number.isNaN(value)) {
        // Not known yet is not wrong: such a row is predicted and stays pending.
        const isPending = knownAt !== undefined && Number.isNaN(knownAt[row]);
        if (missing === "reject" && !isPending) reject(rejections, row, "label-undefined");
        value = missing === "reject" ? 0 : missing;
      } else if (isBinary && value !== 0 && value !== 1) {
        reject(rejections, row, "label-not-binary");
      } else if (isPositivesAlone && value === 0) {
        reject(rejections, row, "not-a-positive");
      } else if (!Number.isFinite(value)) {
        reject(rejections, row, "label-not-finite");
      }
      into[row] = value;
    }
  }

  #addDelay(shownAtMicros: Float64Array, label: Float64Array, knownAtMicros: Float64Array): void {
    const { known } = this.#log;
    const after = known !== undefined && "after" in known ? known.after : 0;
    const { positive, negative } = typeof after === "number" ? { positive: after, negative: after } : after;
    for (let row = 0; row < label.length; row++)
      knownAtMicros[row] = (shownAtMicros[row] ?? 0) + (label[row] === 1 ? positive : negative);
  }
}

/** A label that never became known is known at Infinity. */
function checkKnown(shownAtMicros: Float64Array, knownAtMicros: Float64Array, rejections: Rejections): void {
  for (let row = 0; row < knownAtMicros.length; row++) {
    const known = knownAtMicros[row] ?? Number.NaN;
    if (Number.isNaN(known)) knownAtMicros[row] = Number.POSITIVE_INFINITY;
    else if (known < (shownAtMicros[row] ?? 0)) reject(rejections, row, "known-before-shown");
  }
}
