import { join } from "node:path";
import { arrowVocabulary } from "../../io/arrow.js";
import { refuseExisting, writeFolder } from "../../io/atomic.js";
import { dollars, measurementNoise, type Usage } from "../../measure/cost.js";
import { writeModel } from "../../model/folder.js";
import { jsonDocument } from "../../report/format.js";
import { replayText } from "../../report/replay-text.js";
import type { ReplayCommandOptions } from "../replay.js";
import { cpuSeconds, peakMemoryBytes } from "../usage.js";
import { beginReplay } from "./begin.js";
import { learnedRecord } from "./learned-record.js";

/** Reads, replays, measures, and only then writes: `unbatch replay`. */
export async function runReplay(
  modelPath: string,
  logs: string[],
  options: ReplayCommandOptions,
): Promise<void> {
  refuseExisting(options.out, options.force === true);
  const begun = await beginReplay(modelPath, logs, options);
  const { config, record, logConfig, started, timeUnit } = begun;
  const replayed = await begun.replayed;

  const { learning, measuring } = replayed.seconds;
  const usage: Usage = {
    rowsRead: replayed.rowsRead,
    bytesRead: replayed.bytesRead,
    rowsLearned: replayed.result.ledger.learned,
    cpuSeconds: { reading: cpuSeconds() - started - learning - measuring, learning, measuring },
    peakMemoryBytes: peakMemoryBytes(),
  };
  const cost = {
    ...usage,
    dollars: dollars(usage, config?.prices),
    noise: measurementNoise(cpuSeconds),
  };
  const settings = {
    ...begun.cadence,
    label: logConfig.label,
    known: logConfig.known,
  };
  const body = {
    ...replayed.result,
    cost,
    timeUnit,
    settings,
    notes: notes(replayed.rowsBefore, record.trained),
  };
  const document = jsonDocument("replay", body);
  const { lastShownMicros, lastLearnedMicros } = replayed;
  const trained =
    lastLearnedMicros === undefined || lastShownMicros === undefined
      ? undefined
      : { throughShownAtMicros: lastShownMicros, labelsAsOfMicros: lastLearnedMicros };
  const recordNow = learnedRecord(record, logConfig, replayed.result.ledger.learned, trained);
  await writeFolder(options.out, { force: options.force === true }, async (put) => {
    writeModel(replayed.model, arrowVocabulary, recordNow, (name, parts) => put(`model/${name}`, parts));
    put("run.json", new TextEncoder().encode(document));
  });
  begun.checkpoints?.remove();
  process.stdout.write(options.json === true ? document : replayText(body));
  if (options.json !== true)
    process.stdout.write(`written: ${join(options.out, "run.json")}, ${join(options.out, "model")}\n`);
}

/** @param before rows shown before the model's cut-off. */
function notes(before: number, trained: { throughShownAtMicros: number } | undefined): string[] {
  if (trained === undefined)
    return ["what the model was trained on is not known: no verdict on what learning was worth"];
  return before === 0
    ? []
    : [`${before} rows were shown before the model's cut-off: it may have learned them already`];
}
