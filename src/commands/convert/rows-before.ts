import type { Config } from "../../config/config.js";
import type { RowsBefore } from "../../convert/look-before.js";
import { rowsWhere } from "../../core/gather.js";
import type { Progress } from "../../core/progress.js";
import { openLog } from "../../io/log-source.js";
import { gatherBatch } from "../../model/batch.js";
import type { OnlineModel } from "../../model/model.js";
import { readEvents } from "../../replay/events.js";
import { DEFAULT_MAX_ROWS } from "../../replay/read-plan.js";

/** The latest of them are enough. */
const MOST_ROWS = 100_000;

/** Which rows of a log may be looked at before any is tested on. */
export interface Before {
  fromMicros: number;
  toMicros: number;
  words: string;
}

/**
 * Rows that the first test does not see: after what the checkpoint learned and before compare.start, where that is
 * told; else those that the checkpoint learned. Undefined where unbatch.yaml has neither time.
 */
export function cutOffOf(config: Config): Before | undefined {
  const learned = config.checkpoint?.trained?.throughShownAt;
  const start = config.compare?.start;
  if (start !== undefined && (learned === undefined || learned < start)) {
    const after = learned === undefined ? "" : "after what the checkpoint learned, ";
    return {
      fromMicros: learned ?? Number.NEGATIVE_INFINITY,
      toMicros: start,
      words: `${after}before compare.start`,
    };
  }
  if (learned === undefined) return undefined;
  const words = "up to checkpoint.trained.throughShownAt, which the checkpoint may have learned";
  return { fromMicros: Number.NEGATIVE_INFINITY, toMicros: learned, words };
}

/** The latest such rows whose label was known by then, encoded for the model. Errors: see readEvents. */
export async function rowsBefore(
  logs: readonly string[],
  { fromMicros, toMicros }: Before,
  { log }: Config,
  model: OnlineModel,
  progress: Progress,
): Promise<RowsBefore> {
  const { spec, vocabularies } = model;
  const options = {
    log,
    spec,
    vocabularies,
    labels: "required",
    maxRows: DEFAULT_MAX_ROWS,
    progress,
  } as const;
  const { events, newIds } = await readEvents(await openLog([...logs]), options);
  const { shownAtMicros, knownAtMicros } = events;
  const isBefore = (row: number): boolean => {
    const shown = shownAtMicros[row] ?? Number.NaN;
    return shown >= fromMicros && shown < toMicros && (knownAtMicros[row] ?? Number.NaN) < toMicros;
  };
  const rows = rowsWhere(events.rows, isBefore);
  return { batch: gatherBatch(events, rows.subarray(Math.max(0, rows.length - MOST_ROWS))), newIds };
}
