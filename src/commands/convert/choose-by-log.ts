import type { Converted, convert } from "../../convert/convert.js";
import { lossOfLearning, type RowsBefore } from "../../convert/look-before.js";
import { plattScaling } from "../../convert/platt.js";
import type { SlotMode } from "../../convert/slots.js";
import { isTrainingKnown } from "../../convert/training.js";
import { plainLearner } from "../../model/learner.js";
import { loadState } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import { narrowModel } from "../../model/narrow.js";

/** A checkpoint with what converting it needs. */
export type Given = Parameters<typeof convert>[0];

/** The beginning that loses least when each row is scored and then learned; the first of them where they are even. */
export function chooseSlots(
  given: Given,
  as: (from: Given, slots: SlotMode) => Converted,
  rows: RowsBefore,
): { slots: SlotMode; words: string } {
  const modes: SlotMode[] = ["exact", "fresh", ...(isTrainingKnown(given) ? (["rescaled"] as const) : [])];
  const losses = modes.map((slots) => ({ slots, loss: lossOfLearning(as(given, slots).model, rows) }));
  const best = losses.reduce((least, one) => (one.loss < least.loss ? one : least));
  const others = losses.filter((one) => one !== best).map(({ slots, loss }) => `${slots} ${loss.toFixed(5)}`);
  return {
    slots: best.slots,
    words: `${best.slots}: mean loss ${best.loss.toFixed(5)}, against ${others.join(", ")}`,
  };
}

/** Platt scaling of the scores of rows whose ids the checkpoint all holds. Errors: see plattScaling. */
export function fitCalibration(
  model: OnlineModel,
  { batch, newIds }: RowsBefore,
  words: string,
): { scale: number; shift: number } {
  const scores = new Float64Array(batch.rows);
  const narrow = narrowModel(model, batch);
  plainLearner(loadState(narrow.model, newIds)).over(narrow.batch).score(0, batch.rows, scores);
  const ids = [...batch.features.values()].flatMap((column) =>
    column.kind === "rows" ? [column.codes] : [],
  );
  const known = [...scores.keys()].filter((row) => ids.every((codes) => (codes[row] ?? -1) >= 0));
  const fitted = plattScaling(
    known.map((row) => scores[row] ?? 0),
    known.map((row) => batch.label[row] ?? 0),
    `calibration on ${known.length} rows ${words}`,
  );
  const short = (value: number): number => Number(value.toPrecision(9));
  return { scale: short(fitted.scale), shift: short(fitted.shift) };
}

export function withCalibration(given: Given, scale: number, shift: number): Given {
  const checkpoint = { ...(given.config.checkpoint ?? { tolerance: 1e-5 }), calibration: { scale, shift } };
  return { ...given, config: { ...given.config, checkpoint } };
}
