import type { LogConfig } from "../../config/config.js";
import { VERSION } from "../../core/version.js";
import type { ModelRecord } from "../../model/record.js";

/** What is known of a model after it learned from a log. @param trained absent: it learned nothing. */
export function learnedRecord(
  record: ModelRecord,
  log: LogConfig,
  rowsLearned: number,
  trained: ModelRecord["trained"],
): ModelRecord {
  return {
    ...record,
    writtenBy: VERSION,
    log,
    source: { kind: "replay", of: record.source, rowsLearned },
    ...(trained === undefined ? {} : { trained }),
  };
}
