import { loadKernels } from "../../io/kernels.js";
import { openLog } from "../../io/log-source.js";
import { serveStream } from "../../io/worker-stream.js";
import type { EventBlock } from "../../replay/event-block.js";
import type { ReadOptions } from "../../replay/events.js";
import { readBlocks } from "../../replay/read-blocks.js";
import { Shadow } from "../../replay/shadow.js";
import { openModel } from "../open-inputs.js";
import type { ReadHead, ReadTask } from "./read-stream.js";

/** A thread that reads, decodes and encodes a log, and asks a model that never learns, while another learns from it. */
await serveStream<ReadTask, ReadHead, EventBlock>(async ({ logs, options, shadow }, rooms) => {
  const source = await openLog(logs);
  const { blocks, description, timeUnit } = await readBlocks(source, options satisfies ReadOptions, rooms);
  const head = { description, timeUnit };
  if (shadow === undefined) return { head, items: blocks };
  const { model } = await openModel(shadow.modelPath);
  const kernels = shadow.kernel === "plain" ? undefined : loadKernels();
  return { head, items: withShadow(blocks, new Shadow(model, kernels)) };
});

async function* withShadow(blocks: AsyncIterable<EventBlock>, shadow: Shadow): AsyncGenerator<EventBlock> {
  for await (const block of blocks) yield { ...block, shadow: shadow.predictions(block.events) };
}
