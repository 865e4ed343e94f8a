import { Command, InvalidArgumentError, Option } from "commander";
import { incomplete, UnbatchError } from "../core/errors.js";
import { type CommonOptions, countOption, durationOption, withCommonOptions } from "./common-options.js";
import type { DriftResult } from "./drift/compare-parts.js";
import type { LogsToCompare } from "./drift/inputs.js";
import { findConfig, openToHold, progressOf } from "./open-inputs.js";

interface DriftCommandOptions extends CommonOptions {
  current?: string[];
  window?: number;
  against: "first" | "previous";
  model?: string;
  effect?: number;
  falseDiscoveryRate?: number;
  minRows?: number;
  maxRows?: number;
  failOn?: "drift";
}

export function driftCommand(): Command {
  const command = new Command("drift")
    .argument("<logs...>", "Parquet files or folders: the reference, or with --window the log")
    .option("--current <logs...>", "Parquet files or folders to compare with the reference")
    .option("--window <duration>", "compare windows of one log instead, of this length", durationOption)
    .addOption(
      new Option("--against <window>", "what each window is compared with")
        .choices(["first", "previous"])
        .default("first"),
    )
    .option("--model <model>", "online model: compare its predictions too, and split the change of its loss")
    .option("--effect <psi>", "least PSI over chance that matters (default: 0.1)", numberOption)
    .option(
      "--false-discovery-rate <share>",
      "of the features called, the share called wrongly (default: 0.05)",
      shareOption,
    )
    .option("--min-rows <n>", "no verdict on fewer rows than this (default: 100)", countOption)
    .option(
      "--max-rows <n>",
      "refuse longer logs: numbers are sorted in memory (default: 20000000)",
      countOption,
    )
    .addOption(new Option("--fail-on <verdict>", "exit 1 where a column has this verdict").choices(["drift"]))
    .addHelpText(
      "after",
      `
Columns and their kinds are the features and the label of unbatch.yaml; without one, all that the logs share.
Verdicts: drift (beyond chance, and enough to matter), minor (beyond chance alone), stable, unclear (enough to matter,
but chance would do as much). What cannot be compared is refused with its reason.

Examples:
  $ unbatch drift logs/2024-04 --current logs/2024-05
  $ unbatch drift logs --window 7d                          # each week with the first
  $ unbatch drift logs/2024-04 --current logs/today --model model --fail-on drift   # a gate for a nightly job
  $ unbatch drift logs --window 1d --against previous --json | jq '.comparisons[].features[] | {name, verdict}'`,
    );
  return withCommonOptions(command).action(run);
}

async function run(logs: string[], options: DriftCommandOptions): Promise<void> {
  const toCompare = logsOf(logs, options);
  const [config, model, progress, { readInputs }, { compareParts }, { DEFAULT_THRESHOLDS }, defaults] =
    await Promise.all([
      findConfig(options),
      options.model === undefined ? undefined : openToHold(options.model),
      progressOf(options),
      import("./drift/inputs.js"),
      import("./drift/compare-parts.js"),
      import("../measure/drift/verdict.js"),
      import("../measure/drift/feature-drift.js"),
    ]);
  const { DEFAULT_MAX_ROWS } = await import("../replay/read-plan.js");
  const inputs = await readInputs(toCompare, {
    config,
    model: model === undefined ? undefined : { path: options.model ?? "", ...model },
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
    progress,
  });
  const settings = {
    thresholds: {
      ...DEFAULT_THRESHOLDS,
      ...(options.effect === undefined ? {} : { psi: options.effect }),
      ...(options.falseDiscoveryRate === undefined ? {} : { falseDiscoveryRate: options.falseDiscoveryRate }),
    },
    minRows: options.minRows ?? defaults.DEFAULT_MIN_ROWS,
    against: options.against,
  };
  const result = compareParts(inputs, settings);
  if (options.failOn !== undefined) requireVerdict(result);
  const notes = [
    ...inputs.notes,
    ...(config === undefined && model === undefined
      ? ["no unbatch.yaml: every column is compared, as numbers or categories by its type"]
      : []),
    "rows are taken to be independent; those of one user are not, so p-values are too small and effect sizes count",
  ];
  const body = { ...toCompare, settings, ...result, notes };
  const [{ jsonDocument }, { driftText }] = await Promise.all([
    import("../report/format.js"),
    import("../report/drift-text.js"),
  ]);
  process.stdout.write(options.json === true ? jsonDocument("drift", body) : driftText(body));
  if (options.failOn !== undefined) gate(result);
}

function logsOf(logs: string[], { current, window }: DriftCommandOptions): LogsToCompare {
  if (current !== undefined && window === undefined) return { kind: "logs", reference: logs, current };
  if (current === undefined && window !== undefined) return { kind: "windows", logs, windowMicros: window };
  throw new UnbatchError({
    found: window === undefined ? "one log, and nothing to compare it with" : "--current and --window",
    expected: "a reference and --current LOGS…, or one log and --window DURATION",
    next: "unbatch drift --help has an example of each",
  });
}

/** A gate that could judge nothing has not passed. */
function requireVerdict({ comparisons, summary }: DriftResult): void {
  if (summary.drift + summary.minor + summary.stable + summary.unclear > 0) return;
  const first = comparisons.flatMap(({ features }) => features).find((one) => "refused" in one);
  throw incomplete({
    found: `no verdict on any of ${summary.refused} columns`,
    ...(first !== undefined && "refused" in first ? { where: `${first.name}: ${first.reason}` } : {}),
    expected: "at least one that can be judged",
    next: first !== undefined && "refused" in first ? first.remedy : "give more rows",
  });
}

function gate({ comparisons }: DriftResult): void {
  const drifted = comparisons.flatMap(({ current, features }) =>
    features.flatMap((one) =>
      "verdict" in one && one.verdict === "drift" ? [`${one.name} (${current})`] : [],
    ),
  );
  if (drifted.length === 0) return;
  throw new UnbatchError(
    {
      found: `drift: ${drifted.join(", ")}`,
      expected: "none (--fail-on drift)",
      next: "look at the values of these columns, or choose a newer reference",
    },
    1,
  );
}

function numberOption(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

function shareOption(text: string): number {
  const value = numberOption(text);
  if (value >= 1) throw new InvalidArgumentError("expected a share between 0 and 1.");
  return value;
}
