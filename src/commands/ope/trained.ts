import { UnbatchError } from "../../core/errors.js";
import { type Refusal, refusal } from "../../core/figure.js";
import { formatTime } from "../../core/time.js";
import type { LoggedEvents } from "../../measure/ope/events.js";
import type { ModelRecord } from "../../model/record.js";

/**
 * A model that has learned an event knows its reward: its value on that event is hindsight. Refused where an evaluated
 * row was shown at or before the model's cut-off. Error: nobody says what the model has learned.
 */
export function learnedRefusal(
  { trained, source }: ModelRecord,
  told: number | undefined,
  { shownAtMicros }: LoggedEvents,
  rows: Int32Array,
): Refusal[] {
  const through = told ?? trained?.throughShownAtMicros;
  if (through === undefined) {
    if (source.kind === "log") return [];
    throw new UnbatchError({
      found: "it is not known what the model has learned",
      expected: "a model that was trained on nothing of this log",
      next: "--trained-through TIME: the model has learned rows shown through this time",
    });
  }
  const known = rows.filter((row) => (shownAtMicros[row] ?? 0) <= through).length;
  if (known === 0) return [];
  return [
    refusal(
      "model-has-learned-the-log",
      `${known} of ${rows.length} rows were shown at or before ${formatTime(through)}, through which the model has learned`,
      `--from ${formatTime(through + 1e6)}, or a model that was trained before this log`,
    ),
  ];
}
