import { join } from "node:path";
import { Command } from "commander";
import { VERSION } from "../core/version.js";
import type { Usage } from "../measure/cost.js";
import {
  type CommonOptions,
  countOption,
  durationOption,
  shareOption,
  withCommonOptions,
} from "./common-options.js";
import { findConfig, logConfigOf, openModel, progressOf } from "./open-inputs.js";
import { cpuSeconds, peakMemoryBytes } from "./usage.js";

interface ReplayCommandOptions extends CommonOptions {
  out: string;
  force?: boolean;
  frozen?: boolean;
  window?: number;
  publishEvery?: number;
  updateEvery?: number;
  probe?: number;
  probeEvery?: number;
  maxRows?: number;
}

export function replayCommand(): Command {
  const command = new Command("replay")
    .description(
      "replay a log through an online model: predict each event, score it, then learn its label when known",
    )
    .argument("<model>", "folder of an online model (unbatch convert)")
    .argument("<logs...>", "Parquet files or folders")
    .requiredOption("--out <run>", "folder to write: run.json and the model at the end")
    .option("--frozen", "score only, learn nothing")
    .option(
      "--window <duration>",
      "length of the windows of metrics (default: replay.window, 1d)",
      durationOption,
    )
    .option(
      "--publish-every <duration>",
      "predict with the copy published at the last multiple",
      durationOption,
    )
    .option(
      "--update-every <duration>",
      "learn at multiples instead of when a label is known",
      durationOption,
    )
    .option(
      "--probe <share>",
      "hold this share of the rows back from learning, and score them again as the model moves on",
      shareOption,
    )
    .option("--probe-every <windows>", "windows between two looks at those rows (default: 7)", countOption)
    .option("--max-rows <n>", "refuse longer logs: the sort is in memory (default: 20000000)", countOption)
    .option("--force", "replace an existing run")
    .addHelpText(
      "after",
      `
Examples:
  $ unbatch replay model logs/2024-05-01 --out run
  $ unbatch replay model logs --out frozen-run --frozen
  $ unbatch replay model logs --out hourly-run --publish-every 1h
  $ unbatch inspect run/model`,
    );
  return withCommonOptions(command).action(run);
}

async function run(modelPath: string, logs: string[], options: ReplayCommandOptions): Promise<void> {
  const { refuseExisting, writeFolder } = await import("../io/atomic.js");
  refuseExisting(options.out, options.force === true);
  const [config, { model, record }, progress] = await Promise.all([
    findConfig(options),
    openModel(modelPath),
    progressOf(options),
  ]);
  const [{ openLog }, { readEvents }, { DEFAULT_MAX_ROWS }, { replay }] = await Promise.all([
    import("../io/log-source.js"),
    import("../replay/events.js"),
    import("../replay/read-plan.js"),
    import("../replay/replay.js"),
  ]);
  const logConfig = logConfigOf(config, record, modelPath);
  const started = cpuSeconds();
  const log = await readEvents(await openLog(logs), {
    log: logConfig,
    spec: model.spec,
    vocabularies: model.vocabularies,
    labels: "required",
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
    progress,
  });
  const read = cpuSeconds();
  const publishEveryMicros = options.publishEvery ?? config?.replay.publishEvery;
  const updateEveryMicros = options.updateEvery ?? config?.replay.updateEvery;
  const windowMicros = options.window ?? config?.replay.window ?? 86_400e6;
  const frozen = options.frozen === true;
  const replayed = replay(model, log, {
    windowMicros,
    publishEveryMicros,
    updateEveryMicros,
    frozen,
    ...(options.probe === undefined
      ? {}
      : { probe: { share: options.probe, everyWindows: options.probeEvery ?? 7 } }),
    cpuSeconds,
    progress,
  });

  const usage: Usage = {
    rowsRead: log.rowsRead,
    bytesRead: log.bytesRead,
    rowsLearned: replayed.result.ledger.learned,
    cpuSeconds: {
      reading: read - started,
      learning: replayed.cpuSeconds,
      measuring: cpuSeconds() - read - replayed.cpuSeconds,
    },
    peakMemoryBytes: peakMemoryBytes(),
  };
  const { dollars, measurementNoise } = await import("../measure/cost.js");
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
    timeUnit: log.timeUnit,
    settings,
    notes: notes(log, record.trained),
  };
  const [{ encodeModel }, { arrowVocabulary }, { jsonDocument }, { replayText }] = await Promise.all([
    import("../model/folder.js"),
    import("../io/arrow.js"),
    import("../report/format.js"),
    import("../report/replay-text.js"),
  ]);
  const document = jsonDocument("replay", body);
  const lastShown = log.events.shownAtMicros[log.events.rows - 1];
  const learnedRecord = {
    ...record,
    writtenBy: VERSION,
    log: logConfig,
    source: { kind: "replay", of: record.source, rowsLearned: replayed.result.ledger.learned } as const,
    ...(replayed.lastLearnedMicros === undefined || lastShown === undefined
      ? {}
      : { trained: { throughShownAtMicros: lastShown, labelsAsOfMicros: replayed.lastLearnedMicros } }),
  };
  await writeFolder(options.out, { force: options.force === true }, async (put) => {
    for (const [name, bytes] of encodeModel(replayed.model, arrowVocabulary, learnedRecord))
      put(`model/${name}`, bytes);
    put("run.json", new TextEncoder().encode(document));
  });
  process.stdout.write(options.json === true ? document : replayText(body));
  if (options.json !== true)
    process.stdout.write(`written: ${join(options.out, "run.json")}, ${join(options.out, "model")}\n`);
}

function notes(
  log: { events: { shownAtMicros: Float64Array } },
  trained: { throughShownAtMicros: number } | undefined,
): string[] {
  if (trained === undefined)
    return ["what the model was trained on is not known: no verdict on what learning was worth"];
  const before = log.events.shownAtMicros.filter((time) => time < trained.throughShownAtMicros).length;
  return before === 0
    ? []
    : [`${before} rows were shown before the model's cut-off: it may have learned them already`];
}
