import type { PolicyConfig } from "../../config/config.js";
import type { LearnerSpec, OptimizerSpec } from "../../core/model-spec.js";

/**
 * What is searched, of one policy: the settings that it has. `octaves` are doublings of every rate as unbatch.yaml has
 * it, so that rates of different terms keep their ratios; a rate's floor moves with it.
 */
export type Settings = Readonly<Partial<Record<Axis, number>>>;
export type Axis = "octaves" | "epochs" | "l2" | "batchSize";

/** Where a search begins: the settings as they are. An axis that the policy or its optimizers do not have is not there. */
export function startOf(policy: Pick<PolicyConfig, "kind">, learner: LearnerSpec): Settings {
  const learning = Object.values(learner.optimizers).filter((one) => one.kind !== "frozen");
  if (learning.length === 0) return {};
  const [l2, ...others] = new Set(learning.map((one) => one.l2));
  return {
    ...(learning.some(({ rate }) => rate > 0) ? { octaves: 0 } : {}),
    ...("epochs" in policy && typeof policy.epochs === "number" ? { epochs: policy.epochs } : {}),
    // Terms with penalties of their own keep them.
    ...(l2 !== undefined && others.length === 0 ? { l2 } : {}),
    batchSize: learner.batchSize,
  };
}

/** The learner under these settings. */
export function learnerWith(learner: LearnerSpec, settings: Settings): LearnerSpec {
  return {
    ...learner,
    optimizers: optimizersWith(learner.optimizers, settings),
    batchSize: settings.batchSize ?? learner.batchSize,
  };
}

export function optimizersWith(
  optimizers: Readonly<Record<string, OptimizerSpec>>,
  settings: Settings,
): Record<string, OptimizerSpec> {
  const entries = Object.entries(optimizers).map(
    ([term, one]) => [term, optimizerWith(one, settings)] as const,
  );
  return Object.fromEntries(entries);
}

/** Rates are rounded to three digits: what is written is what was tried. */
export function optimizerWith(optimizer: OptimizerSpec, { octaves = 0, l2 }: Settings): OptimizerSpec {
  if (optimizer.kind === "frozen") return optimizer;
  const factor = 2 ** octaves;
  const scaled = (rate: number): number => (octaves === 0 ? rate : Number((rate * factor).toPrecision(3)));
  const own = { ...optimizer, rate: scaled(optimizer.rate), l2: l2 ?? optimizer.l2 };
  if (!("rateFloor" in own) || own.rateFloor === undefined) return own;
  return { ...own, rateFloor: scaled(own.rateFloor) };
}

/** The policy that runs with this learner, whatever the common one is, and with these epochs. */
export function policyWith(policy: PolicyConfig, learner: LearnerSpec, { epochs }: Settings): PolicyConfig {
  const own = { ...policy, learner: { terms: learner.optimizers, batchSize: learner.batchSize } };
  return "epochs" in own && epochs !== undefined ? { ...own, epochs } : own;
}
