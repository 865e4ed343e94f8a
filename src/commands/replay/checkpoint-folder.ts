import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { LogConfig } from "../../config/config.js";
import { arrowVocabulary } from "../../io/arrow.js";
import { writeFolder } from "../../io/atomic.js";
import { writeModel } from "../../model/folder.js";
import type { ModelRecord } from "../../model/record.js";
import type { CheckpointOptions } from "../../replay/checkpoints.js";
import { learnedRecord } from "./learned-record.js";

/** Beside the run, which is there when it is whole and not before. */
export function checkpointPath(out: string): string {
  return join(dirname(out), `${basename(out)}.checkpoint`);
}

/** One model's folder, which each checkpoint replaces by the next. */
export class CheckpointFolder implements CheckpointOptions {
  readonly everyRows: number;
  readonly path: string;
  readonly #record: ModelRecord;
  readonly #log: LogConfig;
  /** The first one may replace what another run left. */
  readonly #force: boolean;
  #isWritten = false;

  constructor(
    { out, force, everyRows }: { out: string; force: boolean; everyRows: number },
    record: ModelRecord,
    log: LogConfig,
  ) {
    this.everyRows = everyRows;
    this.path = checkpointPath(out);
    this.#record = record;
    this.#log = log;
    this.#force = force;
  }

  readonly write: CheckpointOptions["write"] = async (model, { rowsLearned, lastLearnedMicros }) => {
    const trained = { throughShownAtMicros: lastLearnedMicros, labelsAsOfMicros: lastLearnedMicros };
    const record = learnedRecord(this.#record, this.#log, rowsLearned, trained);
    await writeFolder(this.path, { force: this.#force || this.#isWritten }, async (put) =>
      writeModel(model, arrowVocabulary, record, put),
    );
    this.#isWritten = true;
  };

  /** The run's own model has learned all that this one has; one of another run stays. */
  remove(): void {
    if (this.#isWritten) rmSync(this.path, { recursive: true, force: true });
  }
}
