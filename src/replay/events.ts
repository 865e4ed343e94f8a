import type { LogConfig } from "../config/config.js";
import type { LogDescription, LogSource } from "../core/column.js";
import type { ModelSpec } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import type { Vocabulary } from "../core/vocabulary.js";
import type { EventBatch, Identity } from "../model/batch.js";
import { type Draws, withNegatives } from "./drawn-log.js";
import { EventReader } from "./event-reader.js";
import type { RejectedRows } from "./ledger.js";
import { planRead } from "./read-plan.js";

/** A whole log in memory, in prediction order, encoded for one model. */
export interface EventLog {
  events: EventBatch;
  /** Where each event came from: index into `description.files`, row group, row of the file. */
  origin: { file: Int32Array; rowGroup: Int32Array; row: Int32Array };
  description: LogDescription;
  /** Ids that the model's vocabularies do not hold, by feature. */
  newIds: ReadonlyMap<string, readonly string[]>;
  rowsRead: number;
  bytesRead: number;
  rejected: RejectedRows;
  timeUnit: string;
  /** Of a log of positives alone, whose events have their negatives behind them. */
  draws?: Draws;
}

export interface ReadOptions {
  log: LogConfig;
  spec: ModelSpec;
  vocabularies: ReadonlyMap<string, Vocabulary>;
  labels: "required" | "ignored";
  /** Which of log.user, log.item and log.group are read beside the features, where unbatch.yaml names them. */
  identities?: readonly Identity[];
  maxRows: number;
  progress: Progress;
}

/**
 * Reads, encodes and orders a log. Rows that cannot be used are counted by reason, and more than `log.maxRejected`
 * of them is an error (exit 3). Errors: see planRead, and what the source finds in its files.
 */
export async function readEvents(source: LogSource, options: ReadOptions): Promise<EventLog> {
  const description = await source.describe();
  const plan = planRead(options.log, options.spec, description, options);
  const reader = new EventReader(plan, description, options);
  options.progress.start(plan.rows, "rows read");
  for await (const block of source.read(plan.columns)) {
    reader.add(block);
    options.progress.advance(block.rows);
  }
  options.progress.finish();
  const log = reader.finish();
  const { negatives, seed } = options.spec.learner;
  if (negatives === undefined || options.labels === "ignored") return log;
  return withNegatives(log, { negatives, seed }, options.maxRows);
}
