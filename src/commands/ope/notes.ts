import type { LoggedEvents } from "../../measure/ope/events.js";
import type { RewardRange } from "../../measure/ope/intervals/clopper-pearson.js";
import { PRIOR_ROWS, USER_FOLDS } from "../../measure/ope/reward-model.js";
import type { WeightDiagnostics } from "../../measure/ope/weight-diagnostics.js";
import type { Prepared } from "./prepare.js";
import type { LearnedRows } from "./target-of.js";

/** Where gaussian intervals are known to be too narrow: see the simulation in docs/ope.md. */
const ENOUGH_POSITIVES = 100;

function caution(diagnostics: WeightDiagnostics | undefined): string[] {
  if (diagnostics === undefined || diagnostics.effectivePositives >= ENOUGH_POSITIVES) return [];
  return [
    `fewer than ${ENOUGH_POSITIVES} effective rewarded rows: gaussian, delta-method and jackknife intervals may cover far less than they say; read cressie-read or the confidence sequence beside them`,
  ];
}

function lessonsText({ taughtBy, learned, accepted, acceptanceRate }: LearnedRows): string {
  return taughtBy === "this log"
    ? `the policy keeps learning: each row is weighed by the model published before it, taught by this log (${learned} rows by the last one evaluated); only the confidence sequence holds for it`
    : `closed loop: the policy learned the rows that it would have drawn itself, ${accepted} accepted (${(100 * (acceptanceRate ?? 0)).toPrecision(3)} %), ${learned} learned by the end; assumes no drift`;
}

/** The reward model in words. */
export function rewardModelText({ position, user }: LoggedEvents): string {
  const at = position === undefined ? "" : " at its position";
  const split = user === undefined ? "" : `, of users outside of the row's own ${USER_FOLDS}th`;
  return `the item's mean reward${at}, smoothed by ${PRIOR_ROWS} rows of the wider mean; of rewards known before the row${split}`;
}

/** What a reader must know beside the numbers. */
export function notesOf(
  prepared: Prepared,
  diagnostics: WeightDiagnostics | undefined,
  rewards: RewardRange | undefined,
): string[] {
  const { log, candidates, targeted, lessons } = prepared;
  const { events } = log;
  return [
    ...caution(diagnostics),
    ...(lessons === undefined ? [] : [lessonsText(lessons)]),
    `dm and dr predict with ${rewardModelText(events)}; dm has no interval: its rows' spread says nothing of the model's error`,
    ...(events.user === undefined && events.group === undefined
      ? [
          "rows are taken as independent, and repeated rows were not looked for: the log names neither user nor group",
        ]
      : []),
    ...(candidates.kind === "seen before the event"
      ? [
          "candidates are the items shown before each event; --candidates names those that could have been shown",
        ]
      : []),
    ...(targeted.unseenMass > 0
      ? ["items that were never shown earn nothing in ips: its value leaves that part of the policy out"]
      : []),
    ...(rewards === undefined
      ? ["the reward's range is not known: --reward-range adds intervals that need it"]
      : []),
    "ips-clipped, dr-clipped, switch-dr, dr-os and sg-* bound the weights at --clip: their intervals leave that bias out",
    "holds for the users and items of this log; nothing is said of days that differ from it",
  ];
}
