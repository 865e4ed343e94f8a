import { type Refusal, refusal } from "../../core/figure.js";
import type { LoggedEvents } from "./events.js";

/** Why weights cannot be made of what was logged: no propensities, or ones that are no probability. */
export function propensityRefusal(events: LoggedEvents, rows: Int32Array): Refusal[] {
  const { propensities } = events;
  if (propensities === undefined) {
    return [
      refusal(
        "no-propensities",
        "the log does not say with which probability each item was shown",
        "name its column as log.propensity (or --propensity); without one only the direct method is left, which believes its model",
      ),
    ];
  }
  const isWrong = (row: number): boolean => {
    const value = propensities[row] ?? Number.NaN;
    return !(value > 0 && value <= 1);
  };
  const first = rows.find(isWrong);
  if (first === undefined) return [];
  const value = propensities[first] ?? Number.NaN;
  const count = rows.filter(isWrong).length;
  const found = Number.isNaN(value) ? "missing" : String(value);
  return [
    refusal(
      "propensity-invalid",
      `${count} of ${rows.length} propensities are not in (0, 1]; the first is ${found} (${events.where(first)})`,
      "log the probability of the action at its position as it was drawn",
    ),
  ];
}

/**
 * Rows that are there twice count twice, and every standard error is too small. Looked for where the log can tell: the
 * same item at the same position of one group, or for one user at one instant.
 */
export function duplicateRefusal(events: LoggedEvents, rows: Int32Array): Refusal[] {
  const { item, position, group, user, shownAtMicros } = events;
  if (group === undefined && user === undefined) return [];
  const seen = new Set<string>();
  let count = 0;
  let first = -1;
  for (const row of rows) {
    const groupCode = group?.codes[row] ?? -1;
    const userCode = user?.codes[row] ?? -1;
    if (groupCode < 0 && userCode < 0) continue;
    const slot = `${item.codes[row]} ${position?.codes[row]} ${groupCode} ${userCode} ${shownAtMicros[row]}`;
    if (!seen.has(slot)) seen.add(slot);
    else {
      if (count === 0) first = row;
      count += 1;
    }
  }
  if (count === 0) return [];
  return [
    refusal(
      "duplicate-events",
      `${count} rows repeat the item, position, ${group === undefined ? "user" : "group"} and time of another; the first: ${events.where(first)}`,
      "write each impression once, or name the column that tells them apart as log.eventId",
    ),
  ];
}

/** Only each position on its own has propensities here: a slate's would be those of whole lists. */
export function slateRefusal(): Refusal {
  return refusal(
    "whole-slate",
    "a slate's value needs the probability of the whole list that was shown; the log has one for each item at its position",
    "--position-model each: the mean reward of an item at its position",
  );
}

export function candidateRefusal(
  events: LoggedEvents,
  { count, first }: { count: number; first: number },
  rows: number,
): Refusal[] {
  if (count === 0) return [];
  const id = events.item.ids[events.item.codes[first] ?? -1] ?? "";
  return [
    refusal(
      "action-not-a-candidate",
      `in ${count} of ${rows} rows the logged item is not among the candidates; the first is ${JSON.stringify(id)} (${events.where(first)})`,
      "give the candidates that the logging policy had, named as in the log",
    ),
  ];
}
