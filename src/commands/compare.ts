import { basename, join } from "node:path";
import { Command } from "commander";
import type { Checkpoint } from "../compare/start.js";
import type { CompareConfig, Config } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import { DAY_MICROS } from "../core/time.js";
import type { OnlineModel } from "../model/model.js";
import {
  type CommonOptions,
  countOption,
  durationOption,
  kernelOption,
  timeOption,
  withCommonOptions,
} from "./common-options.js";
import { openModel, progressOf, requireConfig } from "./open-inputs.js";
import { cpuSeconds, peakMemoryBytes } from "./usage.js";

interface CompareCommandOptions extends CommonOptions {
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
    .description(
      "compare online learning with batch retraining on one log: quality, rows learned, CPU seconds",
    )
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
  return withCommonOptions(command).action(run);
}

async function run(logs: string[], options: CompareCommandOptions): Promise<void> {
  const { refuseExisting, writeFolder } = await import("../io/atomic.js");
  refuseExisting(options.out, options.force === true);
  const config = await requireConfig(options);
  const compare = compareConfig(config);
  const [{ model, checkpoint }, progress] = await Promise.all([
    beginning(config, compare, options),
    progressOf(options),
  ]);
  const [
    { openLog },
    { readEvents },
    { DEFAULT_MAX_ROWS },
    { comparePolicies },
    { checkPolicyTerms },
    { loadKernels },
    cost,
  ] = await Promise.all([
    import("../io/log-source.js"),
    import("../replay/events.js"),
    import("../replay/read-plan.js"),
    import("../compare/compare.js"),
    import("../compare/settings.js"),
    import("../io/kernels.js"),
    import("../measure/cost.js"),
  ]);
  checkPolicyTerms(compare.policies, model.spec.terms);
  const before = cpuSeconds();
  const log = await readEvents(await openLog(logs), {
    log: config.log,
    spec: model.spec,
    vocabularies: model.vocabularies,
    labels: "required",
    identities: ["user", "item", "group"],
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
    progress,
  });
  const reading = { rowsRead: log.rowsRead, bytesRead: log.bytesRead, cpuSeconds: cpuSeconds() - before };
  const kernels = options.kernel === "plain" ? undefined : loadKernels();
  const comparison = comparePolicies(log, { compare, model, checkpoint, kernels, cpuSeconds, progress });

  const read = { read: log.rowsRead, rejected: log.rejected.total, rejectedBy: log.rejected.byReason() };
  const body = {
    tuned: false,
    ...comparison,
    policies: comparison.policies.map((policy) => ({
      ...policy,
      cost: { ...policy.cost, dollars: cost.policyDollars(policy.cost, reading, config.prices) },
    })),
    cost: { reading, peakMemoryBytes: peakMemoryBytes(), noise: cost.measurementNoise(cpuSeconds) },
    timeUnit: log.timeUnit,
    ledger: read,
    notes: notes(comparison),
  };
  const [{ jsonDocument }, { compareText }] = await Promise.all([
    import("../report/format.js"),
    import("../report/compare-text.js"),
  ]);
  const document = jsonDocument("compare", body);
  await writeFolder(options.out, { force: options.force === true }, async (put) => {
    put("compare.json", new TextEncoder().encode(document));
  });
  process.stdout.write(options.json === true ? document : compareText(body));
  if (options.json !== true) process.stdout.write(`written: ${join(options.out, "compare.json")}\n`);
}

function compareConfig({ compare }: Config): CompareConfig {
  if (compare !== undefined) return compare;
  throw new UnbatchError({
    where: "unbatch.yaml",
    found: "no compare",
    expected: "compare: { pretrain: 28d, policies: [...] }",
    next: "add it; docs/unbatch-yaml.md has an example of each policy",
  });
}

/** The model that the policies begin from, and how far it has been trained. */
async function beginning(
  config: Config,
  compare: CompareConfig,
  options: CompareCommandOptions,
): Promise<{ model: OnlineModel; checkpoint: Checkpoint }> {
  if (options.checkpoint !== undefined) return fromCheckpoint(options.checkpoint, config, options);
  const pretrainMicros = options.pretrain ?? compare.pretrain;
  if (pretrainMicros === undefined) {
    throw new UnbatchError({
      found: "nothing to begin from",
      expected:
        "--checkpoint MODEL, or compare.pretrain in unbatch.yaml (a whole number of days, such as 28d)",
      next: "name one of them",
    });
  }
  if (pretrainMicros % DAY_MICROS !== 0) {
    throw new UnbatchError({
      where: "compare.pretrain",
      found: `${pretrainMicros / DAY_MICROS} days`,
      expected: "a whole number of days: the test begins at 00:00 UTC",
      next: "round it, for example to 28d",
    });
  }
  const [{ modelSpecOf }, { newModel }] = await Promise.all([
    import("../config/model-spec.js"),
    import("../model/create.js"),
  ]);
  return { model: newModel(modelSpecOf(config)), checkpoint: { kind: "pretrained", pretrainMicros } };
}

async function fromCheckpoint(
  path: string,
  config: Config,
  options: CompareCommandOptions,
): Promise<{ model: OnlineModel; checkpoint: Checkpoint }> {
  const { model, record } = await openModel(path);
  const told = config.checkpoint?.trained;
  const throughShownAtMicros =
    options.trainedThrough ?? told?.throughShownAt ?? record.trained?.throughShownAtMicros;
  const labelsAsOfMicros = options.labelsAsOf ?? told?.labelsAsOf ?? record.trained?.labelsAsOfMicros;
  if (throughShownAtMicros === undefined || labelsAsOfMicros === undefined) {
    throw new UnbatchError({
      where: path,
      found: "it is not known what the checkpoint has learned",
      expected: "two times: trained through rows shown at, with labels as of",
      next: "--trained-through TIME --labels-as-of TIME, or checkpoint.trained in unbatch.yaml",
    });
  }
  const checkpoint: Checkpoint = {
    kind: "converted",
    model: basename(path),
    throughShownAtMicros,
    labelsAsOfMicros,
  };
  return { model, checkpoint };
}

function notes(comparison: { policies: readonly { learner: unknown }[] }): string[] {
  const own = comparison.policies.some(({ learner }) => learner !== "common");
  return [
    "nothing was tuned: rates and epochs are as unbatch.yaml has them, so no verdict on which policy is better",
    own
      ? "policies marked * have learner settings of their own (policies[].learner); the others share one"
      : "all policies have the same learner settings",
    "measured on impressions that the policy in production chose; not a forecast of an A/B test",
  ];
}
