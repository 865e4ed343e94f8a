import { Command } from "commander";
import {
  type CommonOptions,
  countOption,
  durationOption,
  kernelOption,
  timeOption,
  withCommonOptions,
} from "./common-options.js";

export interface CompareCommandOptions extends CommonOptions {
  out: string;
  checkpoint?: string;
  trainedThrough?: number;
  labelsAsOf?: number;
  pretrain?: number;
  kernel: "auto" | "plain";
  maxRows?: number;
  force?: boolean;
}

export function compareCommand(): Command {
  const command = new Command("compare")
    .argument("<logs...>", "Parquet files or folders")
    .requiredOption("--out <folder>", "folder to write: compare.json")
    .option("--checkpoint <model>", "converted checkpoint that the policies begin from")
    .option("--trained-through <time>", "the checkpoint has learned rows shown through this time", timeOption)
    .option("--labels-as-of <time>", "... with their labels as known at this time", timeOption)
    .option(
      "--pretrain <duration>",
      "instead of a checkpoint: train one on the log's first days",
      durationOption,
    )
    .addOption(kernelOption())
    .option("--max-rows <n>", "refuse longer logs: the sort is in memory (default: 20000000)", countOption)
    .option("--force", "replace an existing folder")
    .addHelpText(
      "after",
      `
The policies are compare.policies of unbatch.yaml: frozen, stateless (a sliding window or all history), warm, online.
What it says holds for impressions that the policy in production chose; it is not a forecast of an A/B test.

Examples:
  $ unbatch compare logs --out comparison                      # pretrained on the log's first days
  $ unbatch compare logs --out comparison --checkpoint model   # from a converted checkpoint
  $ unbatch compare logs --out comparison --json | jq '.policies[] | {name, cost}'`,
    );
  return withCommonOptions(command).action(async (logs: string[], options: CompareCommandOptions) => {
    const { runCompare } = await import("./compare/run.js");
    await runCompare(logs, options);
  });
}
