import type { CompareConfig, PolicyConfig } from "../config/config.js";
import type { Figure, Refusal } from "../core/figure.js";
import { formatTime } from "../core/time.js";
import { catchingUp, type Nearness } from "../measure/convergence/catching-up.js";
import type { LossCurve } from "../measure/convergence/loss-curve.js";
import { plateau } from "../measure/convergence/plateau.js";
import { regrets } from "../measure/convergence/regret.js";
import { groupedTInterval } from "../measure/interval/grouped-t.js";
import { pairedLosses } from "../measure/interval/paired-slices.js";
import { controlsOf, type Effect } from "./gaps.js";
import type { Checkpoint } from "./start.js";

/** A policy with its learning curve. */
export interface Learned {
  policy: PolicyConfig;
  curve: LossCurve;
}

/** Of one online policy against one batch policy. */
export interface CaughtUp extends Nearness {
  online: string;
  batch: string;
  /** The first slice of the run; absent where it never was near. */
  start?: string;
  events: Figure;
  seconds: Figure;
}

/** What the learning curves say beside each other, all in normalized loss; no part is added to another. */
export interface Learning {
  curves: { name: string; plateau: Figure; regret: Figure }[];
  catchingUp: CaughtUp[];
  /** How much lower the loss of `to` is than that of `from`, which differs from it in one thing. */
  gaps: Gap[];
}

type Gap =
  | { effect: Effect; from: string; to: string; difference: Figure }
  | { effect: Effect; difference: Refusal };

export function learningOf(
  learned: readonly Learned[],
  { convergence }: Pick<CompareConfig, "convergence">,
  checkpoint: Checkpoint["kind"],
): Learning {
  const regret = regrets(learned.map(({ curve }) => curve));
  const curveOf = new Map(learned.map(({ policy, curve }) => [policy.name, curve]));
  const isOnline = ({ policy }: Learned): boolean => policy.kind === "online";
  const isBatch = ({ policy }: Learned): boolean => policy.kind === "stateless" || policy.kind === "warm";
  return {
    curves: learned.flatMap(({ policy, curve }, index) => {
      const own = regret[index];
      return own === undefined
        ? []
        : [{ name: policy.name, plateau: plateau(curve, convergence), regret: own }];
    }),
    catchingUp: learned
      .filter(isOnline)
      .flatMap((online) => learned.filter(isBatch).map((batch) => caughtUp(online, batch, convergence))),
    gaps: controlsOf(
      learned.map(({ policy }) => policy),
      checkpoint,
    ).flatMap((control): Gap[] => {
      if ("difference" in control) return [control];
      const [from, to] = [curveOf.get(control.from), curveOf.get(control.to)];
      return from === undefined || to === undefined
        ? []
        : [{ ...control, difference: groupedTInterval(pairedLosses(from, to)) }];
    }),
  };
}

function caughtUp(online: Learned, batch: Learned, nearness: Nearness): CaughtUp {
  const { startMicros, ...figures } = catchingUp(online.curve, batch.curve, nearness);
  return {
    online: online.policy.name,
    batch: batch.policy.name,
    ...figures,
    ...(startMicros === undefined ? {} : { start: formatTime(startMicros) }),
  };
}
