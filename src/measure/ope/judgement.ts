import { type Refusal, refusal } from "../../core/figure.js";
import type { TargetedRows } from "./against-target.js";
import type { LoggedEvents } from "./events.js";
import type { Limits } from "./limits.js";
import { duplicateRefusal, propensityRefusal } from "./log-refusals.js";
import { type WeightDiagnostics, weightDiagnostics } from "./weight-diagnostics.js";
import { meanWeightRefusal, supportRefusals } from "./weight-refusals.js";

/** What stands against an estimate, by what it is about; each most telling first. */
export interface StandingRefusals {
  /** The policy, the candidates and the rows: against every estimate. */
  facts: Refusal[];
  /** The propensities: against those that weigh. */
  weights: Refusal[];
  /** How little the log has to say of the target: against every estimate. */
  support: Refusal[];
}

export interface Judgement {
  /** Undefined where no weights can be made of the log. */
  diagnostics: WeightDiagnostics | undefined;
  refusals: StandingRefusals;
}

/** @param given what stands against the estimates already: the policy's, the candidates', the slate's. */
export function judge(
  events: LoggedEvents,
  rows: TargetedRows,
  given: readonly Refusal[],
  limits: Limits,
): Judgement {
  const facts = [...given, ...rowRefusals(rows), ...duplicateRefusal(events, rows.events)];
  const propensities = propensityRefusal(events, rows.events);
  if (propensities.length > 0 || rows.events.length === 0 || !rows.weights.every(Number.isFinite)) {
    return { diagnostics: undefined, refusals: { facts, weights: propensities, support: [] } };
  }
  const diagnostics = weightDiagnostics(rows);
  const weights = meanWeightRefusal(diagnostics, limits);
  return { diagnostics, refusals: { facts, weights, support: supportRefusals(diagnostics, limits) } };
}

function rowRefusals({ events, targets, rewards }: TargetedRows): Refusal[] {
  if (events.length === 0)
    return [refusal("no-rows", "no row is left to evaluate", "use a longer log, or a wider --from and --to")];
  if (targets.every(Number.isFinite) && rewards.every(Number.isFinite)) return [];
  return [
    refusal(
      "not-finite",
      "a reward, or a probability of the target, is NaN or infinite",
      "check the model's scores with unbatch predict, and the label rule",
    ),
  ];
}
