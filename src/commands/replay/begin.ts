import type { Config, LogConfig } from "../../config/config.js";
import { UnbatchError } from "../../core/errors.js";
import { refuseExisting } from "../../io/atomic.js";
import { loadKernels } from "../../io/kernels.js";
import { scratchBeside } from "../../io/scratch.js";
import type { ModelRecord } from "../../model/record.js";
import { refuseTooLarge } from "../../model/state-size.js";
import { type DetectorName, isDetector } from "../../replay/drift-watch.js";
import { DEFAULT_MAX_ROWS } from "../../replay/read-plan.js";
import { type Replayed, type ReplayOptions, replay } from "../../replay/replay.js";
import { asksShadow } from "../../replay/shadow.js";
import { findConfig, logConfigOf, openModel, progressOf } from "../open-inputs.js";
import type { ReplayCommandOptions } from "../replay.js";
import { cpuSeconds, memoryLimit, threadSeconds } from "../usage.js";
import { CheckpointFolder, checkpointPath } from "./checkpoint-folder.js";
import { measureInThread } from "./measure-thread.js";
import { startReading } from "./read-stream.js";

/** Of rows that wait for their labels in memory, and of those that are read back at once. */
const SPOOL_BYTES = 2 ** 24;
const SPOOL_CHUNK_BYTES = 2 ** 16;

/** A replay under way. The model that it began with is not here: the learners have what it knew. */
export interface Begun {
  config: Config | undefined;
  record: ModelRecord;
  logConfig: LogConfig;
  /** CPU seconds of the process before anything was read. */
  started: number;
  timeUnit: string;
  cadence: Pick<ReplayOptions, "windowMicros" | "publishEveryMicros" | "updateEveryMicros">;
  checkpoints: CheckpointFolder | undefined;
  replayed: Promise<Replayed>;
}

/** Errors: see openModel, refuseTooLarge and readBlocks. */
export async function beginReplay(
  modelPath: string,
  logs: string[],
  options: ReplayCommandOptions,
): Promise<Begun> {
  const detectors = detectorsOf(options.detectors);
  const [reading, config, { model, record }, progress] = await Promise.all([
    startReading(logs, options.threads),
    findConfig(options),
    openModel(modelPath),
    progressOf(options),
  ]);
  const logConfig = logConfigOf(config, record, modelPath);
  const { out, force = false, checkpointEvery: everyRows = config?.replay.checkpointEvery } = options;
  if (everyRows !== undefined) refuseExisting(checkpointPath(out), force);
  const checkpoints =
    everyRows === undefined ? undefined : new CheckpointFolder({ out, force, everyRows }, record, logConfig);
  const publishEveryMicros = options.publishEvery ?? config?.replay.publishEvery;
  const memory = memoryLimit();
  // What is published is a copy.
  refuseTooLarge(model, memory, publishEveryMicros === undefined ? 1 : 2);
  const started = cpuSeconds();
  const kernels = options.kernel === "plain" ? undefined : loadKernels({ threads: options.threads ?? 1 });
  const frozen = options.frozen === true;
  const asks = asksShadow(model, { frozen, detectors });
  const stream = await reading.read(
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
    asks === true ? { modelPath, kernel: options.kernel } : undefined,
  );
  const updateEveryMicros = options.updateEvery ?? config?.replay.updateEvery;
  const windowMicros = options.window ?? config?.replay.window ?? 86_400e6;
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
    ...(reading.threads === 2 ? { shadow: "of the stream", measuring: measureInThread } : {}),
    kernels,
    seconds:
      reading.threads === 1 ? cpuSeconds : () => threadSeconds() + (kernels?.secondThread?.cpuSeconds() ?? 0),
    memory,
    spool: { bytes: SPOOL_BYTES, chunkBytes: SPOOL_CHUNK_BYTES, scratch: scratchBeside(out) },
    checkpoints,
    maxRejected: logConfig.maxRejected,
    progress,
  };
  const trainedThrough = record.trained?.throughShownAtMicros;
  return {
    ...{ config, record, logConfig, checkpoints, started, timeUnit: stream.timeUnit },
    cadence: { windowMicros, publishEveryMicros, updateEveryMicros },
    replayed: replay(model, stream, settingsOfRun, trainedThrough),
  };
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
