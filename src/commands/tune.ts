import { Command } from "commander";
import { type CommonOptions, countOption, durationOption, withCommonOptions } from "./common-options.js";
import { type BeginningOptions, withBeginning } from "./compare/beginning-options.js";

export interface TuneCommandOptions extends CommonOptions, BeginningOptions {
  budget: number;
  policy?: string[];
  scoreLast?: number;
  dryRun?: boolean;
}

export function tuneCommand(): Command {
  const command = new Command("tune")
    .argument("<logs...>", "Parquet files or folders")
    .option("--budget <n>", "settings tried for each policy, the one it has among them", countOption, 16)
    .option("--policy <name...>", "tune these alone (default: each of compare.policies that learns)")
    .option(
      "--score-last <duration>",
      "score so much of what is before the test (default: half of it)",
      durationOption,
    )
    .option("--dry-run", "leave unbatch.yaml as it is")
    .addHelpText(
      "after",
      `
Tries rates, epochs, l2 and batch sizes for the policies of unbatch.yaml on rows before the first test slice of compare
alone, an equal number for each, and writes the best into unbatch.yaml with where they are from. compare gives verdicts
on policies that were tuned so. Where all settings are within noise, it says so.

Examples:
  $ unbatch tune logs                                   # compare.pretrain says where the test begins
  $ unbatch tune logs --checkpoint model                # a converted checkpoint
  $ unbatch tune logs --policy online nightly --budget 24 --dry-run
  $ unbatch tune logs --json | jq '.policies[] | {name, best}'`,
    );
  return withCommonOptions(withBeginning(command)).action(
    async (logs: string[], options: TuneCommandOptions) => {
      const { runTune } = await import("./tune/run.js");
      await runTune(logs, options);
    },
  );
}
