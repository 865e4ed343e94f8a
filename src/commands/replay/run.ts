import { join } from "node:path";
import { UnbatchError } from "../../core/errors.js";
import { VERSION } from "../../core/version.js";
import { arrowVocabulary } from "../../io/arrow.js";
import { refuseExisting, writeFolder } from "../../io/atomic.js";
import { loadKernels } from "../../io/kernels.js";
import { dollars, measurementNoise, type Usage } from "../../measure/cost.js";
import { writeModel } from "../../model/folder.js";
import { refuseTooLarge } from "../../model/state-size.js";
import { type DetectorName, isDetector } from "../../replay/drift-watch.js";
import { DEFAULT_MAX_ROWS } from "../../replay/read-plan.js";
import { type ReplayOptions, replay } from "../../replay/replay.js";
import { jsonDocument } from "../../report/format.js";
import { replayText } from "../../report/replay-text.js";
import { findConfig, logConfigOf, openModel, progressOf } from "../open-inputs.js";
import type { ReplayCommandOptions } from "../replay.js";
import { cpuSeconds, memoryLimit, peakMemoryBytes, threadSeconds } from "../usage.js";
import { readStream } from "./read-stream.js";

/** Reads, replays, measures, and only then writes: `unbatch replay`. */
export async function runReplay(
  modelPath: string,
  logs: string[],
  options: ReplayCommandOptions,
): Promise<void> {
  refuseExisting(options.out, options.force === true);
  const detectors = detectorsOf(options.detectors);
  const [config, { model, record }, progress] = await Promise.all([
    findConfig(options),
    openModel(modelPath),
    progressOf(options),
  ]);
  const logConfig = logConfigOf(config, record, modelPath);
  const publishEveryMicros = options.publishEvery ?? config?.replay.publishEvery;
  const memory = memoryLimit();
  // What is published is a copy.
  refuseTooLarge(model, memory, publishEveryMicros === undefined ? 1 : 2);
  const started = cpuSeconds();
  const kernels = options.kernel === "plain" ? undefined : loadKernels({ threads: options.threads ?? 1 });
  const { stream, threads } = await readStream(
    logs,
    {
      log: logConfig,
      spec: model.spec,
      vocabularies: model.vocabularies,
      labels: "required",
      identities: ["group"],
      maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
      rowsAtOnce: options.rowsAtOnce,
      draws: model.draws,
      kernels: kernels && { hash: kernels.hash },
    },
    options.threads,
  );
  const updateEveryMicros = options.updateEvery ?? config?.replay.updateEvery;
  const windowMicros = options.window ?? config?.replay.window ?? 86_400e6;
  const frozen = options.frozen === true;
  const settingsOfRun: ReplayOptions = {
    windowMicros,
    publishEveryMicros,
    updateEveryMicros,
    frozen,
    ...(options.probe === undefined
      ? {}
      : { probe: { share: options.probe, everyWindows: options.probeEvery ?? 7 } }),
    ...(options.stabilityEvery === undefined ? {} : { stability: { everyWindows: options.stabilityEvery } }),
    detectors,
    kernels,
    seconds: threads === 1 ? cpuSeconds : () => threadSeconds() + (kernels?.secondThread?.cpuSeconds() ?? 0),
    memory,
    maxRejected: logConfig.maxRejected,
    progress,
  };
  const trainedThrough = record.trained?.throughShownAtMicros;
  const replayed = await replay(model, stream, settingsOfRun, trainedThrough);

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
    windowMicros,
    publishEveryMicros,
    updateEveryMicros,
    label: logConfig.label,
    known: logConfig.known,
  };
  const body = {
    ...replayed.result,
    cost,
    timeUnit: stream.timeUnit,
    settings,
    notes: notes(replayed.rowsBefore, record.trained),
  };
  const document = jsonDocument("replay", body);
  const learnedRecord = {
    ...record,
    writtenBy: VERSION,
    log: logConfig,
    source: { kind: "replay", of: record.source, rowsLearned: replayed.result.ledger.learned } as const,
    ...(replayed.lastLearnedMicros === undefined || replayed.lastShownMicros === undefined
      ? {}
      : {
          trained: {
            throughShownAtMicros: replayed.lastShownMicros,
            labelsAsOfMicros: replayed.lastLearnedMicros,
          },
        }),
  };
  await writeFolder(options.out, { force: options.force === true }, async (put) => {
    writeModel(replayed.model, arrowVocabulary, learnedRecord, (name, parts) => put(`model/${name}`, parts));
    put("run.json", new TextEncoder().encode(document));
  });
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

function detectorsOf(names: string | undefined): DetectorName[] | undefined {
  return names?.split(",").map((name) => {
    if (isDetector(name)) return name;
    throw new UnbatchError({
      where: "--detectors",
      found: JSON.stringify(name),
      expected: "names from adwin, page-hinkley, kswin, separated by commas",
      next: "unbatch replay --help",
    });
  });
}
