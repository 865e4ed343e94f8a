import { Command } from "commander";
import { type CommonOptions, countOption, withCommonOptions } from "./common-options.js";
import { findConfig, logConfigOf, openModel, progressOf } from "./open-inputs.js";

interface PredictCommandOptions extends CommonOptions {
  out: string;
  maxRows?: number;
  force?: boolean;
}

const ROW_GROUP_ROWS = 100_000;

export function predictCommand(): Command {
  const command = new Command("predict")
    .argument("<model>", "folder of an online model")
    .argument("<logs...>", "Parquet files or folders")
    .requiredOption(
      "--out <scores.parquet>",
      "Parquet file to write: file, row_group, row, shown_at, score, prediction",
    )
    .option("--max-rows <n>", "refuse longer logs (default: 20000000)", countOption)
    .option("--force", "replace an existing file")
    .addHelpText(
      "after",
      `
score is the model's output before the link (a logit); prediction is after it. row counts from 0 in its file.

Examples:
  $ unbatch predict model logs/2024-05-01 --out scores.parquet
  $ unbatch predict run/model logs --out scores.parquet --json`,
    );
  return withCommonOptions(command).action(run);
}

async function run(modelPath: string, logs: string[], options: PredictCommandOptions): Promise<void> {
  const { refuseExisting, writeFile } = await import("../io/atomic.js");
  refuseExisting(options.out, options.force === true);
  const [config, { model, record }, progress] = await Promise.all([
    findConfig(options),
    openModel(modelPath),
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
  await writeFile(options.out, { force: options.force === true }, (path) =>
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
    out: options.out,
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
