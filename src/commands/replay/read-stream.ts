import { openLog } from "../../io/log-source.js";
import { streamFromWorker } from "../../io/worker-stream.js";
import type { EventBlock } from "../../replay/event-block.js";
import type { EventStream, ReadOptions } from "../../replay/events.js";
import { readBlocks } from "../../replay/read-blocks.js";

/** What the reading thread is given, and what it says first. */
export interface ReadTask {
  logs: string[];
  options: ReadOptions;
  /** The folder of a model that is asked about every event and never learns. */
  shadow: string | undefined;
}
export type ReadHead = Omit<EventStream, "blocks">;

/** A shorter log is read before another thread has begun. */
const THREAD_FROM_ROWS = 250_000;

/**
 * The events of a log, read by a thread of their own (2) or by this one (1); default: by the log's length.
 * @param shadow the folder of a model that never learns, which a thread of its own asks about each event.
 */
export async function readStream(
  logs: string[],
  options: ReadOptions,
  { threads, shadow }: { threads: 1 | 2 | undefined; shadow: string | undefined },
): Promise<{ stream: EventStream; threads: 1 | 2 }> {
  const source = await openLog(logs);
  const { rows } = await source.describe();
  if ((threads ?? (rows < THREAD_FROM_ROWS ? 1 : 2)) === 1)
    return { stream: await readBlocks(source, options), threads: 1 };
  const module = new URL("../../../dist/commands/replay/read-worker.js", import.meta.url);
  const task: ReadTask = { logs, options, shadow };
  const { head, items } = await streamFromWorker<ReadHead, EventBlock>(module, task);
  return { stream: { ...head, blocks: items }, threads: 2 };
}
