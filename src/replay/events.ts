import type { LogConfig } from "../config/config.js";
import type { LogDescription, LogSource } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import { joinCodes } from "../core/gather.js";
import type { ModelSpec } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import { type PackedTexts, TextList } from "../core/text-list.js";
import type { Vocabulary } from "../core/vocabulary.js";
import type { ReadKernels } from "../core/wasm.js";
import { concatBatches, type EventBatch, type Identity } from "../model/batch.js";
import type { DrawState } from "../model/negatives/draw-state.js";
import type { EventBlock, Origin } from "./event-block.js";
import { RejectedRows } from "./ledger.js";
import { readBlocks } from "./read-blocks.js";

export interface ReadOptions {
  log: LogConfig;
  spec: ModelSpec;
  vocabularies: ReadonlyMap<string, Vocabulary>;
  labels: "required" | "ignored";
  /** Which of log.user, log.item and log.group are read beside the features, where unbatch.yaml names them. */
  identities?: readonly Identity[];
  /** Rows out of order that may be sorted at once, or held at once by a command that needs the whole log. */
  maxRows: number;
  /** The most rows of a block; results do not depend on it. */
  rowsAtOnce?: number | undefined;
  /** Draws that those of this log go on from. */
  draws?: DrawState | undefined;
  /** Results do not depend on these either. */
  kernels?: ReadKernels | undefined;
}

/** A log as blocks of events that follow each other. */
export interface EventStream {
  description: LogDescription;
  /** The unit of its times, and how it was found. */
  timeUnit: string;
  blocks: AsyncIterable<EventBlock>;
  /** Takes the room of a block whose arrays nobody looks at any more, for a block to come. */
  giveBack(room: ArrayBuffer): void;
}

/** A whole log in memory, in prediction order, encoded for one model. */
export interface EventLog {
  events: EventBatch;
  origin: Origin;
  description: LogDescription;
  /** Ids that the model's vocabularies do not hold, by feature. */
  newIds: ReadonlyMap<string, readonly string[]>;
  rowsRead: number;
  bytesRead: number;
  rejected: RejectedRows;
  timeUnit: string;
}

/**
 * Reads, encodes and orders a log. Rows that cannot be used are counted by reason, and more than `log.maxRejected`
 * of them is an error (exit 3). Errors: see planRead, more rows than `maxRows`, and what the source finds in its files.
 */
export async function readEvents(
  source: LogSource,
  { progress, ...options }: ReadOptions & { progress: Progress },
): Promise<EventLog> {
  const { rows } = await source.describe();
  const { negatives } = options.spec.learner;
  const most = options.labels === "ignored" ? rows : rows * (1 + (negatives?.perPositive ?? 0));
  if (most > options.maxRows) throw tooManyRows(most, options.maxRows);
  const { description, timeUnit, blocks } = await readBlocks(source, options);
  const read: EventBlock[] = [];
  const rejected = new RejectedRows();
  progress.start(rows, "rows read");
  for await (const block of blocks) {
    read.push(block);
    rejected.addAll(block.rejected);
    progress.advance(block.rowsRead);
  }
  progress.finish();
  const sum = (of: (block: EventBlock) => number): number => read.reduce((total, one) => total + of(one), 0);
  const rowsRead = sum((block) => block.rowsRead);
  rejected.check(rowsRead, options.log.maxRejected);
  const places = (name: keyof Origin): Int32Array => joinCodes(read.map(({ origin }) => origin[name]));
  return {
    events: concatBatches(read.map(({ events }) => events)),
    origin: { file: places("file"), rowGroup: places("rowGroup"), row: places("row") },
    newIds: joinIds(read.map(({ newIds }) => newIds)),
    bytesRead: sum((block) => block.bytesRead),
    ...{ description, rowsRead, rejected, timeUnit },
  };
}

function joinIds(parts: readonly ReadonlyMap<string, PackedTexts>[]): Map<string, readonly string[]> {
  const joined = new Map<string, TextList>();
  for (const part of parts) {
    for (const [feature, ids] of part) {
      const known = joined.get(feature) ?? new TextList();
      known.append(ids);
      joined.set(feature, known);
    }
  }
  return new Map([...joined].map(([feature, ids]) => [feature, ids.strings()]));
}

function tooManyRows(rows: number, maxRows: number): Error {
  return new UnbatchError({
    found: `${rows} rows, with the negatives that may be drawn for them`,
    expected: `at most ${maxRows}: this command holds the whole log in memory`,
    next: "give fewer files, or raise --max-rows if there is memory",
  });
}
