import { Command } from "commander";
import {
  type CommonOptions,
  countOption,
  durationOption,
  kernelOption,
  shareOption,
  threadsOption,
  withCommonOptions,
} from "./common-options.js";

export interface ReplayCommandOptions extends CommonOptions {
  out: string;
  force?: boolean;
  frozen?: boolean;
  window?: number;
  publishEvery?: number;
  updateEvery?: number;
  checkpointEvery?: number;
  probe?: number;
  probeEvery?: number;
  stabilityEvery?: number;
  detectors?: string;
  kernel: "auto" | "plain";
  maxRows?: number;
  rowsAtOnce?: number;
  threads?: 1 | 2;
}

export function replayCommand(): Command {
  const command = new Command("replay")
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
      "--checkpoint-every <rows>",
      "write the model each time that so many rows are learned, to <run>.checkpoint until the run is written",
      countOption,
    )
    .option(
      "--probe <share>",
      "hold this share of the rows back from learning, and score them again as the model moves on",
      shareOption,
    )
    .option("--probe-every <windows>", "windows between two looks at those rows (default: 7)", countOption)
    .option(
      "--stability-every <windows>",
      "say every so many windows how far the embeddings moved",
      countOption,
    )
    .option(
      "--detectors <names>",
      "of drift, on the losses: adwin,page-hinkley (default) and kswin, which is slow",
    )
    .addOption(kernelOption())
    .option(
      "--max-rows <n>",
      "refuse to sort more rows than these at once (default: 20000000); a log in order needs no sort",
      countOption,
    )
    .option("--rows-at-once <n>", "rows decoded at once (default: 32768)", countOption)
    .addOption(threadsOption())
    .option("--force", "replace an existing run")
    .addHelpText(
      "after",
      `
Examples:
  $ unbatch replay model logs/2024-05-01 --out run
  $ unbatch replay model logs --out frozen-run --frozen
  $ unbatch replay model logs --out hourly-run --publish-every 1h
  $ unbatch replay model logs --out run --checkpoint-every 1000000
  $ unbatch inspect run/model`,
    );
  return withCommonOptions(command).action(
    async (model: string, logs: string[], options: ReplayCommandOptions) => {
      const { runReplay } = await import("./replay/run.js");
      await runReplay(model, logs, options);
    },
  );
}
