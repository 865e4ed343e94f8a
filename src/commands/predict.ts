import { Command, InvalidArgumentError } from "commander";
import { UnbatchError } from "../core/errors.js";
import { type CommonOptions, countOption, withCommonOptions } from "./common-options.js";
import { findConfig, logConfigOf, openToHold, progressOf } from "./open-inputs.js";

interface PredictCommandOptions extends CommonOptions {
  out?: string;
  explainRow?: number;
  maxRows?: number;
  force?: boolean;
}

const ROW_GROUP_ROWS = 100_000;

export function predictCommand(): Command {
  const command = new Command("predict")
    .argument("<model>", "folder of an online model")
    .argument("<logs...>", "Parquet files or folders")
    .option(
      "--out <scores.parquet>",
      "Parquet file to write: file, row_group, row, shown_at, score, prediction",
    )
    .option(
      "--explain-row <n>",
      "of one row, from 0 in file order: each column's value, its encoder and row, and each term's part of the score",
      rowOption,
    )
    .option("--max-rows <n>", "refuse longer logs (default: 20000000)", countOption)
    .option("--force", "replace an existing file")
    .addHelpText(
      "after",
      `
score is the model's output before the link (a logit); prediction is after it. row counts from 0 in its file.

Examples:
  $ unbatch predict model logs/2024-05-01 --out scores.parquet
  $ unbatch predict run/model logs --out scores.parquet --json
  $ unbatch predict model logs --explain-row 12`,
    );
  return withCommonOptions(command).action(run);
}

async function run(modelPath: string, logs: string[], options: PredictCommandOptions): Promise<void> {
  if (options.explainRow !== undefined) {
    const { explain } = await import("./predict/explain.js");
    await explain(modelPath, logs, options.explainRow, options);
    return;
  }
  await writeScores(modelPath, logs, requireOut(options), options);
}

async function writeScores(
  modelPath: string,
  logs: string[],
  out: string,
  options: PredictCommandOptions,
): Promise<void> {
  const { refuseExisting, writeFile } = await import("../io/atomic.js");
  refuseExisting(out, options.force === true);
  const [config, { model, record }, progress] = await Promise.all([
    findConfig(options),
    openToHold(modelPath),
    progressOf(options),
  ]);
  const [{ openLog }, { readEvents }, { DEFAULT_MAX_ROWS }, { predict }, { writeParquet }, { jsonDocument }] =
    await Promise.all([
      import("../io/log-source.js"),
      import("../replay/events.js"),
      import("../replay/read-plan.js"),
      import("../replay/predict.js"),
      import("../io/parquet-writer.js"),
      import("../report/format.js"),
    ]);
  const log = await readEvents(await openLog(logs), {
    log: logConfigOf(config, record, modelPath),
    spec: model.spec,
    vocabularies: model.vocabularies,
    labels: "ignored",
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
    progress,
  });
  const { file, rowGroup, row, shownAtMicros, score, prediction } = predict(model, log);
  const paths = log.description.files.map(({ path }) => path);
  await writeFile(out, { force: options.force === true }, (path) =>
    writeParquet(
      path,
      [
        { name: "file", kind: "text", values: Array.from(file, (index) => paths[index] ?? "") },
        { name: "row_group", kind: "integer", values: rowGroup },
        { name: "row", kind: "integer", values: row },
        { name: "shown_at", kind: "timestamp", values: shownAtMicros },
        { name: "score", kind: "double", values: score },
        { name: "prediction", kind: "double", values: prediction },
      ],
      ROW_GROUP_ROWS,
    ),
  );
  const body = {
    rows: score.length,
    out,
    ledger: {
      read: log.rowsRead,
      predicted: score.length,
      rejected: log.rejected.total,
      rejectedBy: log.rejected.byReason(),
    },
  };
  const text = `scored ${body.rows} of ${log.rowsRead} rows (${log.rejected.total} rejected)\nwritten: ${options.out}\n`;
  process.stdout.write(options.json === true ? jsonDocument("predict", body) : text);
}

function requireOut({ out }: PredictCommandOptions): string {
  if (out !== undefined) return out;
  throw new UnbatchError({
    found: "neither --out nor --explain-row",
    expected: "a file for the scores, or a row to explain",
    next: "unbatch predict MODEL LOGS --out scores.parquet",
  });
}

function rowOption(text: string): number {
  const row = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(row)) return row;
  throw new InvalidArgumentError("expected a whole number from 0.");
}
