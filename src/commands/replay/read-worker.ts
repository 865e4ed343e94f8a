import { openLog } from "../../io/log-source.js";
import { serveStream } from "../../io/worker-stream.js";
import type { EventBlock } from "../../replay/event-block.js";
import type { ReadOptions } from "../../replay/events.js";
import { readBlocks } from "../../replay/read-blocks.js";
import type { ReadHead, ReadTask } from "./read-stream.js";

/** A thread that reads, decodes and encodes a log while another learns from it. */
await serveStream<ReadTask, ReadHead, EventBlock>(async ({ logs, options }) => {
  const { blocks, ...head } = await readBlocks(await openLog(logs), options satisfies ReadOptions);
  return { head, items: blocks };
});
