import { UnbatchError } from "../../core/errors.js";
import { type Figure, type Refusal, refusal } from "../../core/figure.js";
import { type LossCurve, meanLoss } from "../../measure/convergence/loss-curve.js";
import { againstBaseline } from "../../measure/interval/against-baseline.js";
import { groupedTInterval } from "../../measure/interval/grouped-t.js";
import { pairedLosses } from "../../measure/interval/paired-slices.js";
import type { PolicyRun } from "../ground.js";
import type { Tried } from "./search.js";
import type { Settings } from "./settings.js";

/** One setting, and how it did on the scored rows. */
export interface Candidate extends Tried {
  /** Mean normalized loss of the scored rows (see LossCurve); infinite where it diverged. */
  loss: number;
  outcome: { curve: LossCurve; rowsLearned: number } | { diverged: string };
}

/** Runs a policy under these settings. A weight or a score that is not finite makes the setting one that lost. */
export function tryOut(
  settings: Settings,
  run: (settings: Settings) => Pick<PolicyRun, "curve"> & { rowsLearned: number },
): Candidate {
  try {
    const { curve, rowsLearned } = run(settings);
    if ("refused" in curve) throw notScored(curve);
    const loss = meanLoss(curve, 0, curve.loss.length);
    if (Number.isFinite(loss)) return { settings, loss, outcome: { curve, rowsLearned } };
    return { settings, loss: Number.POSITIVE_INFINITY, outcome: { diverged: `a loss of ${loss}` } };
  } catch (error) {
    if (!(error instanceof UnbatchError) || error.parts.expected !== FINITE) throw error;
    const { where = "", found } = error.parts;
    return { settings, loss: Number.POSITIVE_INFINITY, outcome: { diverged: `${where}: ${found}` } };
  }
}

/** What a learner expects, and says when it diverges. */
const FINITE = "finite weights";

/** What noise leaves of a choice. */
export interface Choice {
  /** How much lower the loss of the best is than that of the settings as they were. */
  gain: Figure;
  /** Of the others that were scored, those whose loss is higher beyond noise: t over groups of slices, Holm over all. */
  toldApart: { worse: number; of: number } | Refusal;
}

export function choiceOf(best: Candidate, tried: readonly Candidate[]): Choice {
  const [start] = tried;
  const curve = curveOf(best);
  const startCurve = start === undefined ? undefined : curveOf(start);
  const pairs = tried.flatMap((one, index) => {
    const own = curveOf(one);
    if (one === best || own === undefined || curve === undefined) return [];
    return [{ policy: String(index), pairs: pairedLosses(own, curve) }];
  });
  const tests = againstBaseline(pairs, { better: "lower" });
  const refused = tests.map(({ difference }) => difference).find((figure) => "refused" in figure);
  const isJudged = tests.some(({ verdict }) => verdict !== "refused");
  return {
    gain: gainOf(curve, startCurve, start === best),
    toldApart:
      refused !== undefined && !isJudged
        ? refused
        : { worse: tests.filter(({ verdict }) => verdict === "worse").length, of: tests.length },
  };
}

/** A gain whose interval does not leave out 0. */
export function isWithinNoise(gain: Figure): boolean {
  return !("refused" in gain) && gain.interval !== undefined && gain.interval.low <= 0;
}

function gainOf(best: LossCurve | undefined, start: LossCurve | undefined, isStart: boolean): Figure {
  if (isStart) {
    const remedy = "nothing to do: keep them, or search on with a larger budget";
    return refusal("no-variation", "the settings as they were are the best that was tried", remedy);
  }
  if (best === undefined || start === undefined)
    return refusal("not-finite", "the settings as they were diverged", "take those that were found");
  return groupedTInterval(pairedLosses(start, best));
}

function curveOf({ outcome }: Candidate): LossCurve | undefined {
  return "curve" in outcome ? outcome.curve : undefined;
}

function notScored({ reason, remedy }: Refusal): UnbatchError {
  return new UnbatchError(
    {
      where: "the rows before the test",
      found: reason,
      expected: "a loss to choose settings by",
      next: remedy,
    },
    3,
  );
}
