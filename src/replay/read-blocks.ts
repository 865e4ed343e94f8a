import { type LogSource, ROWS_AT_ONCE, type RowGroupColumns } from "../core/column.js";
import { gatherCodes } from "../core/gather.js";
import { Rooms } from "../core/rooms.js";
import { gatherBatch } from "../model/batch.js";
import { BlockEncoder } from "./block-encoder.js";
import type { EventBlock } from "./event-block.js";
import type { EventStream, ReadOptions } from "./events.js";
import { NegativeDraws } from "./negative-draws.js";
import { planRead, type ReadPlan } from "./read-plan.js";

/** Plans how a log is read, then gives its events block by block. Errors: see planRead and BlockEncoder. */
export async function readBlocks(
  source: LogSource,
  options: ReadOptions,
  rooms: Rooms = new Rooms(),
): Promise<EventStream> {
  const description = await source.describe();
  const plan = await planRead(source, options.log, options.spec, options);
  const encoder = new BlockEncoder(plan, description, options);
  const { unit, because } = plan.time.unit;
  return {
    description,
    timeUnit: `${unit}: ${because}`,
    blocks: withNegatives(
      encoder,
      blocksOf(source, plan, { encoder, rooms, rowsAtOnce: options.rowsAtOnce ?? ROWS_AT_ONCE }),
      options,
    ),
    giveBack: (room) => {
      rooms.giveBack(room);
    },
  };
}

/** Of a log of positives alone; any other as it is. */
function withNegatives(
  encoder: BlockEncoder,
  blocks: AsyncIterable<EventBlock>,
  { labels, spec, draws }: ReadOptions,
): AsyncIterable<EventBlock> {
  const { negatives, seed } = spec.learner;
  if (negatives === undefined || labels === "ignored") return blocks;
  return drawEach(encoder, blocks, new NegativeDraws({ negatives, seed }, draws));
}

async function* drawEach(
  encoder: BlockEncoder,
  blocks: AsyncIterable<EventBlock>,
  draws: NegativeDraws,
): AsyncGenerator<EventBlock> {
  for await (const block of blocks) yield draws.add(block);
  const state = { users: encoder.idsOf("user"), items: encoder.idsOf("item"), ...draws.finish() };
  yield { ...encoder.encode([]), draws: { negatives: 0, givenUp: 0, state } };
}

async function* blocksOf(
  source: LogSource,
  { stretches, columns }: ReadPlan,
  { encoder, rooms, rowsAtOnce }: { encoder: BlockEncoder; rooms: Rooms; rowsAtOnce: number },
): AsyncGenerator<EventBlock> {
  for (const { order, rowGroups } of stretches) {
    const read = source.read(columns, { rowGroups, rowsAtOnce });
    if (order === "as they lie") {
      for await (const part of read) yield encoder.encodeInto(rooms, part);
    } else {
      const parts: RowGroupColumns[] = [];
      for await (const part of read) parts.push(part);
      yield* cut(encoder.encode(parts), rowsAtOnce);
    }
  }
  encoder.finish();
}

/** A block in smaller ones; what is counted once stands in the first. */
function* cut(block: EventBlock, rowsAtOnce: number): Generator<EventBlock> {
  const { rows } = block.events;
  if (rows <= rowsAtOnce) {
    yield block;
    return;
  }
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const length = Math.min(rowsAtOnce, rows - from);
    const order = new Int32Array(length);
    for (let at = 0; at < length; at++) order[at] = from + at;
    const { origin } = block;
    const part = {
      events: gatherBatch(block.events, order),
      origin: {
        file: gatherCodes(origin.file, order),
        rowGroup: gatherCodes(origin.rowGroup, order),
        row: gatherCodes(origin.row, order),
      },
    };
    yield from === 0
      ? { ...block, ...part }
      : { ...part, newIds: new Map(), rowsRead: 0, bytesRead: 0, rejected: [] };
  }
}
