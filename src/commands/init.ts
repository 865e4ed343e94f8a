import { Command } from "commander";
import type { Checkpoint } from "../convert/checkpoint.js";
import { isFlat } from "../core/column.js";
import { UnbatchError } from "../core/errors.js";
import { DAY_MICROS, startOfDay } from "../core/time.js";
import type { TimeProfile } from "../replay/profile.js";
import { type CommonOptions, timeOption } from "./common-options.js";
import { progressOf } from "./open-inputs.js";

interface InitOptions extends CommonOptions {
  out: string;
  force?: boolean;
  cutOff?: number;
  time?: string;
  label?: string;
  user?: string;
  item?: string;
  graph?: string;
}

export function initCommand(): Command {
  return new Command("init")
    .argument("<paths...>", "CHECKPOINT LOGS…, or LOGS… alone for a model that begins from the log")
    .option("--out <file>", "file to write", "unbatch.yaml")
    .option(
      "--cut-off <time>",
      "fit on rows shown before this alone (default: after a third of the days)",
      timeOption,
    )
    .option("--time <column>", "the time of an event")
    .option("--label <rule>", "the label, such as 'rating >= 8'")
    .option("--user <column>", "the user's id")
    .option("--item <column>", "the item's id")
    .option(
      "--graph <folder>",
      "a SavedModel of the same training, whose graph says how columns are encoded, for a checkpoint without one",
    )
    .option("--force", "replace an existing file")
    .option("--quiet", "no progress on stderr")
    .option("--json", "print the proposal as one JSON document")
    .addHelpText(
      "after",
      `
Examples:
  $ unbatch init checkpoint.pt logs
  $ unbatch init model.ckpt-1000 logs --label 'tips > 0.2 * fare'
  $ unbatch init model.ckpt-1000 logs --graph export/1646034756
  $ unbatch init logs --cut-off 2024-05-01      # no checkpoint: a linear model, or the residual of a logged score`,
    )
    .action(run);
}

async function run(paths: string[], options: InitOptions): Promise<void> {
  const { refuseExisting, writeFile } = await import("../io/atomic.js");
  refuseExisting(options.out, options.force === true);
  const { checkpointPath, logs } = await splitPaths(paths);
  const [{ openLog }, { likelyTimeColumn, profileColumns, profileTime }, { writeFileSync }] =
    await Promise.all([import("../io/log-source.js"), import("../replay/profile.js"), import("node:fs")]);
  const [{ guessColumns }, { featuresOfLog }, { featuresFor }, { writeYaml }, { parseConfig }] =
    await Promise.all([
      import("./init/guess-columns.js"),
      import("./init/guess-features.js"),
      import("./init/features-for.js"),
      import("./init/write-yaml.js"),
      import("../config/load.js"),
    ]);
  const source = await openLog(logs);
  const { columns: described } = await source.describe();
  const timeColumn = options.time ?? likelyTimeColumn(described);
  if (timeColumn === undefined) throw noTime(described.map(({ name }) => name));
  const time = await profileTime(source, timeColumn);
  const cutOffMicros = options.cutOff ?? defaultCutOff(time);
  const { rows, columns } = await profileColumns(
    source,
    { time, micros: cutOffMicros },
    await progressOf(options),
  );
  if (rows === 0) throw nothingBefore();

  const flat = columns.filter(({ type }) => isFlat(type));
  const guesses = guessColumns(flat, options);
  const checkpoint =
    checkpointPath === undefined ? undefined : await openCheckpointAt(checkpointPath, options.graph);
  const ofLog = featuresOfLog(columns, guesses, timeColumn);
  const features =
    checkpoint?.recognised === undefined
      ? ofLog
      : featuresFor(
          checkpoint.read,
          checkpoint.recognised,
          flat.filter(({ name }) => name !== guesses.label.value),
          ofLog,
        );
  const proposal = { time, cutOffMicros, rowsBefore: rows, guesses, features };
  const text = writeYaml(checkpoint === undefined ? proposal : { ...proposal, checkpoint });
  // A proposal that unbatch itself could not read would be a bug: find it here.
  parseConfig(text, options.out);
  await writeFile(options.out, { force: options.force === true }, (path) => writeFileSync(path, text));

  const open = text
    .split("\n")
    .flatMap((line, index) => (line.includes("# choose") && index > 1 ? [index + 1] : []));
  const { jsonDocument } = await import("../report/format.js");
  const body = { out: options.out, text, chooseLines: open };
  const next =
    checkpointPath === undefined
      ? `unbatch compare ${logs.join(" ")} --out comparison`
      : `unbatch convert ${checkpointPath}${options.graph === undefined ? "" : ` --assets ${options.graph}/assets`} --out model`;
  process.stdout.write(
    options.json === true
      ? jsonDocument("init", body)
      : `written: ${options.out}\n${open.length} line(s) to choose: ${open.join(", ")}\nnext: ${next}\n`,
  );
}

/** The first path is a checkpoint unless it is a Parquet file, or a folder of them. */
async function splitPaths(
  paths: readonly string[],
): Promise<{ checkpointPath: string | undefined; logs: string[] }> {
  const [{ openTree }, { readers }] = await Promise.all([
    import("../io/files.js"),
    import("../convert/open.js"),
  ]);
  const [first = "", ...rest] = paths;
  const isParquet = /\.(parquet|parq)$/i.test(first);
  const tree = isParquet ? undefined : openTree(first);
  const holdsLogs = tree?.list().some((name) => /\.(parquet|parq)$/i.test(name)) ?? isParquet;
  const isCheckpoint = tree !== undefined && readers.some((reader) => reader.recognises(tree));
  if (!isCheckpoint && holdsLogs) return { checkpointPath: undefined, logs: [...paths] };
  if (rest.length > 0) return { checkpointPath: first, logs: rest };
  throw new UnbatchError({
    found: `${first} alone`,
    expected: "a log beside the checkpoint, or a log alone",
    next: `unbatch init ${first} LOGS…`,
  });
}

/** `graph`: the SavedModel whose inputs and vocabularies are taken for those of the checkpoint. */
async function openCheckpointAt(
  path: string,
  graph: string | undefined,
): Promise<{
  path: string;
  read: Checkpoint;
  recognised: import("../convert/recognise.js").Recognised | undefined;
}> {
  const [{ openTree }, { openCheckpoint }, { isRecognised }, { lookAt }] = await Promise.all([
    import("../io/files.js"),
    import("../convert/open.js"),
    import("../convert/recognise.js"),
    import("../convert/look-at.js"),
  ]);
  const own = await openCheckpoint(openTree(path));
  const read = graph === undefined ? own : withGraph(own, await openCheckpoint(openTree(graph)), graph);
  const recognition = lookAt(read, path);
  return { path, read, recognised: isRecognised(recognition) ? recognition : undefined };
}

function withGraph(checkpoint: Checkpoint, { inputs, vocabularies }: Checkpoint, path: string): Checkpoint {
  if (inputs !== undefined && inputs.length > 0) return { ...checkpoint, inputs, vocabularies };
  throw new UnbatchError({
    where: path,
    found: "no graph that leads from columns to tables or layers",
    expected: "the folder of a TensorFlow SavedModel, with its saved_model.pb",
    next: `unbatch inspect ${path}`,
  });
}

/** 00:00 UTC of the day after a third of the range. */
function defaultCutOff({ firstMicros, lastMicros }: TimeProfile): number {
  return startOfDay(firstMicros + (lastMicros - firstMicros) / 3) + DAY_MICROS;
}

function noTime(names: readonly string[]): UnbatchError {
  return new UnbatchError({
    found: `no column looks like a time among ${names.join(", ")}`,
    expected: "a timestamp, or whole numbers in a column named after time",
    next: "name it with --time COLUMN",
  });
}

function nothingBefore(): UnbatchError {
  return new UnbatchError({
    where: "--cut-off",
    found: "no rows before it",
    expected: "a time after the first rows of the log",
    next: "choose a later --cut-off",
  });
}
