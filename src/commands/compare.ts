import { Command } from "commander";
import { type CommonOptions, withCommonOptions } from "./common-options.js";
import { type BeginningOptions, withBeginning } from "./compare/beginning-options.js";

export interface CompareCommandOptions extends CommonOptions, BeginningOptions {
  out: string;
  force?: boolean;
}

export function compareCommand(): Command {
  const command = new Command("compare")
    .argument("<logs...>", "Parquet files or folders")
    .requiredOption("--out <folder>", "folder to write: compare.json")
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
  return withCommonOptions(withBeginning(command)).action(
    async (logs: string[], options: CompareCommandOptions) => {
      const { runCompare } = await import("./compare/run.js");
      await runCompare(logs, options);
    },
  );
}
