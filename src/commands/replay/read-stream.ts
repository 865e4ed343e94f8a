import { openLog } from "../../io/log-source.js";
import { startWorker, type WorkerStream } from "../../io/worker-stream.js";
import type { EventBlock } from "../../replay/event-block.js";
import type { EventStream, ReadOptions } from "../../replay/events.js";
import { readBlocks } from "../../replay/read-blocks.js";

/** What the reading thread is given, and what it says first. */
export interface ReadTask {
  logs: string[];
  options: ReadOptions;
  shadow: ShadowTask | undefined;
}
export type ReadHead = Pick<EventStream, "description" | "timeUnit">;

/** A model that is asked about every event and never learns. */
export interface ShadowTask {
  modelPath: string;
  kernel: "plain" | "auto";
}

/** A log that will be read by a thread of its own (2) or by this one (1). */
export interface Reading {
  threads: 1 | 2;
  /** @param shadow is asked by a thread of its own; where there is none, by the run. */
  read(options: ReadOptions, shadow: ShadowTask | undefined): Promise<EventStream>;
}

/** A shorter log is read before another thread has begun. */
const THREAD_FROM_ROWS = 250_000;

/**
 * Opens a log. A thread that will read it begins here, so that its modules come while others find out what to read.
 * @param threads default: by the log's length.
 */
export async function startReading(logs: string[], threads: 1 | 2 | undefined): Promise<Reading> {
  const source = await openLog(logs);
  const { rows } = await source.describe();
  if ((threads ?? (rows < THREAD_FROM_ROWS ? 1 : 2)) === 1)
    return { threads: 1, read: (options) => readBlocks(source, options) };
  const module = new URL("../../../dist/commands/replay/read-worker.js", import.meta.url);
  const worker: WorkerStream<ReadTask> = startWorker(module);
  return {
    threads: 2,
    read: async (options, shadow) => {
      const task = { logs, options, shadow };
      const { head, items, giveBack } = await worker.begin<ReadHead, EventBlock>(task);
      return { ...head, blocks: items, giveBack };
    },
  };
}
