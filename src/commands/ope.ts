import { Command, InvalidArgumentError, Option } from "commander";
import { countOption, durationOption, timeOption, withCommonOptions } from "./common-options.js";
import type { OpeOptions } from "./ope/options.js";
import { progressOf } from "./open-inputs.js";

export function opeCommand(): Command {
  const command = new Command("ope")
    .argument("<logs...>", "Parquet files or folders, with the probability of each shown item")
    .option(
      "--policy-table <file>",
      "the policy: Parquet, CSV or JSON of item, probability[, position][, event]",
    )
    .option("--uniform", "the policy: every candidate alike")
    .option("--model <model>", "the policy: by the scores of an online model, with one of the next three")
    .option("--greedy", "... the highest score")
    .option("--softmax <temperature>", "... in proportion to exp(score / temperature)", positiveOption)
    .option("--epsilon <e>", "... the highest score, but with this probability a uniform one", shareOption)
    .option("--keeps-learning", "... and learns on: the value of the models that this log taught")
    .option("--closed-loop", "... and learns only what it would have shown itself (assumes no drift)")
    .option("--publish-every <duration>", "... and serves the copy of the last multiple", durationOption)
    .option("--trained-through <time>", "the model has learned rows shown through this time", timeOption)
    .option("--item-columns <a,b>", "columns that the model reads and that belong to the item")
    .option("--candidates <file>", "items to choose from, one a line (default: those seen before the event)")
    .option("--candidates-column <column>", "... or a column of lists: a,b,c or a JSON array")
    .option("--item-groups <file>", "item, group: adds mips and snmips, for rewards that follow the group")
    .option("--logging-table <file>", "... which need the whole logging policy, as --policy-table")
    .option("--time <column>", "time shown (default: log.time)")
    .option("--label <rule>", "reward (default: log.label)")
    .option("--item <column>", "id of the shown item (default: log.item)")
    .option("--propensity <column>", "its probability at its position (default: log.propensity)")
    .option("--position <column>", "position (default: log.position)")
    .option("--group <column>", "slate or request (default: log.group)")
    .option("--user <column>", "user (default: log.user)")
    .option("--from <time>", "evaluate rows shown from this time", timeOption)
    .option("--to <time>", "... and before this one", timeOption)
    .addOption(
      new Option("--position-model <model>", "each position on its own, or whole slates (refused)")
        .choices(["each", "slate"])
        .default("each"),
    )
    .option(
      "--reward-range <least,most>",
      "rewards that are possible (default: 0,1 where all are 0 or 1)",
      rangeOption,
    )
    .option(
      "--least-propensity <p>",
      "the logging policy's least: makes the Bernstein bound valid",
      shareOption,
    )
    .option(
      "--clip <weight>",
      "largest weight that the clipped and shrunk estimators believe",
      positiveOption,
      10,
    )
    .option("--min-ess <n>", "refuse below this effective sample size", positiveOption, 100)
    .option("--confidence <share>", "of the intervals", shareOption, 0.95)
    .option("--max-rows <n>", "refuse longer logs (default: 20000000)", countOption)
    .addHelpText(
      "after",
      `
Estimates are refused (exit 0, with a code) where the log cannot carry them: see docs/ope.md.

Examples:
  $ unbatch ope logs --policy-table policy.csv --time timestamp --label click \\
      --item item_id --propensity propensity_score --position position
  $ unbatch ope logs --uniform --candidates items.txt                # columns from unbatch.yaml
  $ unbatch ope logs --model model --softmax 1 --from 2024-05-01     # a model trained before May
  $ unbatch ope logs --model model --epsilon 0.1 --json | jq '.estimators[] | {estimator, figure}'`,
    );
  return withCommonOptions(command).action(run);
}

async function run(logs: string[], options: OpeOptions): Promise<void> {
  const progress = await progressOf(options);
  const [{ prepare }, { bodyOf, reportOf }, { jsonDocument }, { opeText }] = await Promise.all([
    import("./ope/prepare.js"),
    import("./ope/body.js"),
    import("../report/format.js"),
    import("../report/ope-text.js"),
  ]);
  const prepared = await prepare(logs, options, progress);
  const body = bodyOf(prepared, options);
  process.stdout.write(options.json === true ? jsonDocument("ope", body) : opeText(reportOf(body)));
}

function positiveOption(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

function shareOption(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < 1))
    throw new InvalidArgumentError("expected a number between 0 and 1.");
  return value;
}

function rangeOption(text: string): { least: number; most: number } {
  const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [least = Number.NaN, most = Number.NaN] = parts;
  if (parts.length !== 2 || !parts.every(Number.isFinite) || least >= most)
    throw new InvalidArgumentError("expected two numbers: 0,5.");
  return { least, most };
}
