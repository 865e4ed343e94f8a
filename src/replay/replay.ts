import type { Progress } from "../core/progress.js";
import type { Kernels } from "../core/wasm.js";
import type { OnlineModel } from "../model/model.js";
import type { MemoryLimit } from "../model/state-size.js";
import type { CheckpointOptions } from "./checkpoints.js";
import type { DetectorName } from "./drift-watch.js";
import type { EventStream } from "./events.js";
import type { SpoolOptions } from "./label-spool.js";
import type { MeasureSettings, Measuring } from "./measures.js";
import type { ReplayResult } from "./replay-result.js";
import { ReplayRun } from "./replay-run.js";

export interface ReplayOptions {
  windowMicros: number;
  publishEveryMicros?: number | undefined;
  updateEveryMicros?: number | undefined;
  /** Score only. */
  frozen: boolean;
  /** Rows held back from learning, and scored again at the end of every so many windows. */
  probe?: { share: number; everyWindows: number } | undefined;
  /** Absent: the plain terms learn. */
  kernels?: Kernels | undefined;
  /** CPU seconds so far of this thread, and of one that learns with it. */
  seconds(): number;
  /** Of drift, on the losses; default: ADWIN and Page-Hinkley. */
  detectors?: readonly DetectorName[] | undefined;
  /** Who asks the model that never learns, where one is asked; default: the run itself. */
  shadow?: "of the stream" | undefined;
  /** What measures the run; default: this thread. */
  measuring?: ((settings: MeasureSettings) => Measuring) | undefined;
  /** How far the embeddings moved, every so many windows. */
  stability?: { everyWindows: number } | undefined;
  /** Absent: all labels wait in memory. */
  spool?: SpoolOptions | undefined;
  /** Models that are written while it learns; absent: none before the end. */
  checkpoints?: CheckpointOptions | undefined;
  /** What new ids may make the state grow to; absent: anything. */
  memory?: MemoryLimit | undefined;
  /** Share of the rows that may be set aside before the run fails. */
  maxRejected: number;
  progress: Progress;
}

export interface Replayed {
  result: ReplayResult;
  /** The model at the end. */
  model: OnlineModel;
  lastShownMicros: number | undefined;
  /** The last label it learned was known at this time; undefined when it learned none. */
  lastLearnedMicros: number | undefined;
  /** Rows shown before a time that was asked for. */
  rowsBefore: number;
  rowsRead: number;
  bytesRead: number;
  /** Predicting and learning, and what measures them. */
  seconds: { learning: number; measuring: number };
}

/**
 * Predict, score, then learn, in the total order of the log; no more of it is held than labels wait to be known, and
 * beyond a bound these wait on disk. Errors: see readBlocks; weights that are no longer finite; a disk without space for
 * them; a ledger that does not add up (exit 3). Each says which checkpoint is left, where one is.
 * @param beforeMicros rows shown before it are counted.
 */
export function replay(
  model: OnlineModel,
  stream: EventStream,
  options: ReplayOptions,
  beforeMicros: number = Number.NEGATIVE_INFINITY,
): Promise<Replayed> {
  // Not awaited here: nothing holds the model while the run goes on.
  return finished(new ReplayRun(model, options, beforeMicros, stream.description.rows), stream, options);
}

async function finished(
  run: ReplayRun,
  { description, blocks, giveBack }: EventStream,
  options: ReplayOptions,
): Promise<Replayed> {
  options.progress.start(description.rows, "rows");
  try {
    for await (const block of blocks) {
      await run.add(block);
      for (const room of run.takeLeftRooms()) giveBack(room);
      options.progress.advance(block.rowsRead);
    }
    const replayed = await run.finish();
    options.progress.finish();
    return replayed;
  } catch (error) {
    throw run.checkpoints.withLast(error);
  } finally {
    run.close();
  }
}
