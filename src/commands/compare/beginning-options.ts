import type { Command } from "commander";
import { countOption, durationOption, kernelOption, timeOption } from "../common-options.js";

/** What compare runs policies from and with; tune does the same before the test begins. */
export interface BeginningOptions {
  checkpoint?: string;
  trainedThrough?: number;
  labelsAsOf?: number;
  pretrain?: number;
  kernel: "auto" | "plain";
  maxRows?: number;
}

export function withBeginning(command: Command): Command {
  return command
    .option("--checkpoint <model>", "converted checkpoint that the policies begin from")
    .option("--trained-through <time>", "the checkpoint has learned rows shown through this time", timeOption)
    .option("--labels-as-of <time>", "... with their labels as known at this time", timeOption)
    .option(
      "--pretrain <duration>",
      "instead of a checkpoint: train one on the log's first days",
      durationOption,
    )
    .addOption(kernelOption())
    .option("--max-rows <n>", "refuse longer logs: the sort is in memory (default: 20000000)", countOption);
}
