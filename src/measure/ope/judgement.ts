import { type Refusal, refusal } from "../../core/figure.js";
import type { TargetedRows } from "./against-target.js";
import type { LoggedEvents } from "./events.js";
import type { Limits } from "./limits.js";
import { duplicateRefusal, propensityRefusal } from "./log-refusals.js";
import { type WeightDiagnostics, weightDiagnostics } from "./weight-diagnostics.js";
import { meanWeightRefusal, supportRefusals } from "./weight-refusals.js";

/** What the weights say, and what stands against the estimates. */
export interface Judgement {
  /** Undefined where no weights can be made of the log. */
  diagnostics: WeightDiagnostics | undefined;
  /** Against every estimate, and against those that weigh; each most telling first. */
  refusals: { all: Refusal[]; weighted: Refusal[] };
}

/** @param given what stands against the estimates already: the policy's, the candidates', the slate's. */
export function judge(
  events: LoggedEvents,
  rows: TargetedRows,
  given: readonly Refusal[],
  limits: Limits,
): Judgement {
  const all = [...given, ...rowRefusals(rows), ...duplicateRefusal(events, rows.events)];
  const propensities = propensityRefusal(events, rows.events);
  if (propensities.length > 0 || rows.events.length === 0 || !rows.weights.every(Number.isFinite)) {
    return { diagnostics: undefined, refusals: { all, weighted: propensities } };
  }
  const diagnostics = weightDiagnostics(rows);
  return {
    diagnostics,
    refusals: {
      all: [...all, ...supportRefusals(diagnostics, limits)],
      weighted: meanWeightRefusal(diagnostics, limits),
    },
  };
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

/** Everything that stands against the weighted estimates, most telling first: what a report shows at its head. */
export function allRefusals({ refusals }: Judgement): Refusal[] {
  const first = refusals.all.filter(({ refused }) => !SUPPORT.has(refused));
  const support = refusals.all.filter(({ refused }) => SUPPORT.has(refused));
  return [...first, ...refusals.weighted, ...support];
}

/** What follows from weights: said after what is wrong with the weights themselves. */
const SUPPORT: ReadonlySet<string> = new Set(["no-overlap", "low-ess", "few-positives"]);
