import { join } from "node:path";
import { type Comparison, comparePolicies } from "../../compare/compare.js";
import { checkPolicyTerms } from "../../compare/settings.js";
import type { CompareConfig } from "../../config/config.js";
import { formatTime } from "../../core/time.js";
import { refuseExisting, writeFolder } from "../../io/atomic.js";
import { loadKernels } from "../../io/kernels.js";
import { openLog } from "../../io/log-source.js";
import { measurementNoise, policyDollars } from "../../measure/cost.js";
import { refuseTooLarge } from "../../model/state-size.js";
import { readEvents } from "../../replay/events.js";
import { DEFAULT_MAX_ROWS } from "../../replay/read-plan.js";
import { compareText } from "../../report/compare-text.js";
import { formatCount, jsonDocument } from "../../report/format.js";
import type { CompareCommandOptions } from "../compare.js";
import { progressOf, requireConfig } from "../open-inputs.js";
import { cpuSeconds, memoryLimit, peakMemoryBytes } from "../usage.js";
import { beginning, compareConfig } from "./beginning.js";

/** Reads, runs every policy, measures, and only then writes: `unbatch compare`. */
export async function runCompare(logs: string[], options: CompareCommandOptions): Promise<void> {
  refuseExisting(options.out, options.force === true);
  const config = await requireConfig(options);
  const compare = compareConfig(config);
  const [{ model, checkpoint }, progress] = await Promise.all([
    beginning(config, compare, options),
    progressOf(options),
  ]);
  checkPolicyTerms(compare.policies, model.spec.terms);
  // Each policy holds one, and all begin from another.
  refuseTooLarge(model, memoryLimit(), 1 + compare.policies.length);
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
    tuned: comparison.policies.every(({ untuned }) => untuned === undefined),
    ...comparison,
    policies: comparison.policies.map((policy) => ({
      ...policy,
      cost: { ...policy.cost, dollars: policyDollars(policy.cost, reading, config.prices) },
    })),
    cost: { reading, peakMemoryBytes: peakMemoryBytes(), noise: measurementNoise(cpuSeconds) },
    timeUnit: log.timeUnit,
    ledger: read,
    notes: notes(comparison, compare),
  };
  const document = jsonDocument("compare", body);
  await writeFolder(options.out, { force: options.force === true }, async (put) => {
    put("compare.json", new TextEncoder().encode(document));
  });
  process.stdout.write(options.json === true ? document : compareText(body));
  if (options.json !== true) process.stdout.write(`written: ${join(options.out, "compare.json")}\n`);
}

function notes({ policies }: Pick<Comparison, "policies">, { tuned }: CompareConfig): string[] {
  const own = policies.some(({ learner }) => learner !== "common");
  const untuned = policies.flatMap(({ name, untuned }) => (untuned === undefined ? [] : [{ name, untuned }]));
  return [
    ...(tuned === undefined
      ? [
          "nothing was tuned: rates and epochs are as unbatch.yaml has them, so no verdict on which policy is better; unbatch tune chooses them",
        ]
      : [
          `settings were chosen on ${formatCount(tuned.rows)} rows shown from ${formatTime(tuned.from)} to ${formatTime(tuned.to)}, up to ${tuned.candidates} candidates a policy`,
          ...untuned.map(({ name, untuned }) => `no verdict on ${name}: ${untuned}`),
        ]),
    own
      ? "policies marked * have learner settings of their own (policies[].learner); the others share one"
      : "all policies have the same learner settings",
    "measured on impressions that the policy in production chose; not a forecast of an A/B test",
  ];
}
