import { type Converted, convert } from "../../convert/convert.js";
import { foldIn } from "../../convert/fold-in.js";
import { lookAt } from "../../convert/look-at.js";
import { lookBefore, type RowsBefore } from "../../convert/look-before.js";
import { isRecognised } from "../../convert/recognise.js";
import type { SlotMode } from "../../convert/slots.js";
import type { Precision } from "../../core/model-spec.js";
import { isPairwise } from "../../core/model-spec.js";
import type { Progress } from "../../core/progress.js";
import type { OnlineModel } from "../../model/model.js";
import { chooseSlots, fitCalibration, type Given, withCalibration } from "./choose-by-log.js";
import { cutOffOf, rowsBefore } from "./rows-before.js";

/** A conversion, how its slots begin, and what rows before the cut-off had a say in. */
export interface Transferred {
  converted: Converted;
  /** What is written: the converted model, with rows for folded-in users where there are any. */
  model: OnlineModel;
  slots: SlotMode;
  notes: string[];
}

interface TransferOptions {
  slots?: SlotMode | undefined;
  logs?: readonly string[] | undefined;
  precision: Precision;
}

/**
 * Converts. Where a log is given and unbatch.yaml says where its cut-off is, rows before it decide what was not told:
 * the calibration of an ALS, how the optimizer's memory begins, rows for users that the checkpoint does not hold.
 */
export async function transfer(
  given: Given,
  options: TransferOptions,
  progress: Progress,
): Promise<Transferred> {
  const { precision, logs } = options;
  const told = options.slots ?? given.config.checkpoint?.slots;
  const open = whatIsOpen(given, told);
  const as = (from: Given, slots: SlotMode): Converted => convert(from, { slots, precision });
  const asTold = (notes: string[]): Transferred => {
    const slots = told ?? "exact";
    const converted = as(given, slots);
    return { converted, model: converted.model, slots, notes };
  };
  const before = cutOffOf(given.config);
  if (!(open.calibration || open.slots || open.foldIn)) return asTold([]);
  if (logs === undefined || before === undefined) return asTold(open.slots ? [HOW_TO_CHOOSE] : []);
  const uncalibrated = as(open.calibration ? withCalibration(given, 1, 0) : given, "fresh");
  const rows = await rowsBefore(logs, before, given.config, uncalibrated.model, progress);
  const used = `${rows.batch.rows} rows ${before.words}`;
  if (rows.batch.rows === 0) return asTold([`no rows ${before.words}`]);

  const notes: string[] = [];
  let source = given;
  if (open.calibration) {
    const { scale, shift } = fitCalibration(uncalibrated.model, rows, before.words);
    notes.push(`scale ${scale} and shift ${shift} by Platt scaling on ${used}`);
    source = withCalibration(given, scale, shift);
  }
  if (open.slots) source = { ...source, seen: lookBefore(as(source, "fresh").model, rows) };
  let slots = told ?? "exact";
  if (open.slots && told === undefined) {
    const chosen = chooseSlots(source, as, rows);
    slots = chosen.slots;
    notes.push(`slots ${chosen.words} on ${used}`);
  }
  const converted = as(source, slots);
  const model = open.foldIn ? folded(converted, rows, notes, used) : converted.model;
  return { converted, model, slots, notes };
}

const HOW_TO_CHOOSE =
  "slots exact; to choose by your own log: --log LOGS, with compare.start or checkpoint.trained in unbatch.yaml";

/** What rows of a log could decide. */
function whatIsOpen(
  { checkpoint, config, where }: Given,
  told: SlotMode | undefined,
): { calibration: boolean; slots: boolean; foldIn: boolean } {
  const recognised = lookAt(checkpoint, where, config.checkpoint ?? {});
  const isAls = isRecognised(recognised) && recognised.family === "als";
  const { link } = config.model ?? {};
  // A pairwise link learns from drawn negatives, which rows read for a choice do not have.
  const isPairwiseLink = link !== undefined && isPairwise(link);
  const isCalibrated = config.checkpoint?.calibration !== undefined || config.model?.link === "squared";
  return {
    calibration: isAls && !isCalibrated,
    slots: checkpoint.slots.length > 0 && !isPairwiseLink && (told === undefined || told === "rescaled"),
    foldIn: isAls && config.checkpoint?.foldIn !== undefined,
  };
}

function folded(
  { bound, source, model }: Converted,
  rows: RowsBefore,
  notes: string[],
  used: string,
): OnlineModel {
  const rule = source.config.checkpoint?.foldIn;
  const user = bound.tables.find(({ role }) => role === "dot/user")?.feature;
  if (rule === undefined || user === undefined) return model;
  const added = foldIn(model, rows, rule, user, bound.calibration.scale);
  notes.push(`${added.users} users that the checkpoint does not hold folded in, from ${used}`);
  return added.model;
}
