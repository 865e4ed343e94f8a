import { checkPolicyTerms } from "../../compare/settings.js";
import { tunePolicies } from "../../compare/tune/tune.js";
import type { CompareConfig, PolicyConfig } from "../../config/config.js";
import { UnbatchError } from "../../core/errors.js";
import { nearestName } from "../../core/nearest.js";
import { loadKernels } from "../../io/kernels.js";
import { openLog } from "../../io/log-source.js";
import { refuseTooLarge } from "../../model/state-size.js";
import { readEvents } from "../../replay/events.js";
import { DEFAULT_MAX_ROWS } from "../../replay/read-plan.js";
import { jsonDocument } from "../../report/format.js";
import { tuneText } from "../../report/tune-text.js";
import { beginning, compareConfig } from "../compare/beginning.js";
import { DEFAULT_CONFIG, progressOf, requireConfig } from "../open-inputs.js";
import type { TuneCommandOptions } from "../tune.js";
import { cpuSeconds, memoryLimit, peakMemoryBytes } from "../usage.js";
import { bodyOf } from "./body.js";
import { writeTuned } from "./write.js";

/** Reads once, searches for each policy, writes unbatch.yaml, and then says what was found: `unbatch tune`. */
export async function runTune(logs: string[], options: TuneCommandOptions): Promise<void> {
  const path = options.config ?? DEFAULT_CONFIG;
  const config = await requireConfig(options);
  const compare = compareConfig(config);
  const policies = chosen(compare, options.policy);
  const [{ model, checkpoint }, progress] = await Promise.all([
    beginning(config, compare, options),
    progressOf(options),
  ]);
  checkPolicyTerms(compare.policies, model.spec.terms);
  // Of one policy at a time, beside what all begin from.
  refuseTooLarge(model, memoryLimit(), 1 + Math.max(...policies.map(statesOf)));
  const log = await readEvents(await openLog(logs), {
    log: config.log,
    spec: model.spec,
    vocabularies: model.vocabularies,
    labels: "required",
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
    progress,
  });
  const tuning = tunePolicies(log, {
    ...{ compare, policies, model, checkpoint, known: config.log.known, budget: options.budget },
    ...{ scoredMicros: options.scoreLast, cpuSeconds, progress },
    kernels: options.kernel === "plain" ? undefined : loadKernels(),
  });
  const written = options.dryRun === true ? undefined : path;
  if (written !== undefined) await writeTuned(path, config, tuning, { model, checkpoint: checkpoint.kind });
  const body = {
    ...bodyOf(tuning),
    written: written ?? null,
    cost: { cpuSeconds: cpuSeconds(), peakMemoryBytes: peakMemoryBytes() },
    timeUnit: log.timeUnit,
    ledger: { read: log.rowsRead, rejected: log.rejected.total, rejectedBy: log.rejected.byReason() },
  };
  process.stdout.write(options.json === true ? jsonDocument("tune", body) : tuneText(body));
}

/** States that a policy holds as it runs: it learns in one; a copy serves, or is what each training begins anew from. */
function statesOf(policy: PolicyConfig): number {
  if (policy.kind === "stateless") return 2;
  return policy.kind === "online" && policy.publishEvery !== undefined ? 2 : 1;
}

/** Error: a policy that is not there, or that has nothing to tune; none that learns. */
function chosen({ policies }: CompareConfig, names: readonly string[] | undefined): PolicyConfig[] {
  const learning = policies.filter(({ kind }) => kind !== "frozen" && kind !== "floor");
  const other = names?.find((name) => learning.every((policy) => policy.name !== name));
  if (other !== undefined || learning.length === 0) {
    const all = learning.map(({ name }) => name);
    const nearest = other === undefined ? undefined : nearestName(other, all);
    throw new UnbatchError({
      where: other === undefined ? "compare.policies" : "--policy",
      found: other === undefined ? "no policy that learns" : `no policy "${other}" that learns`,
      expected:
        nearest === undefined
          ? all.join(", ") || "a stateless, warm or online policy"
          : `did you mean "${nearest}"?`,
      next: "name one of compare.policies in unbatch.yaml",
    });
  }
  return names === undefined ? learning : learning.filter(({ name }) => names.includes(name));
}
