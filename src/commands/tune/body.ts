import type { Settings } from "../../compare/tune/settings.js";
import type { Candidate } from "../../compare/tune/try-out.js";
import type { Tuned, Tuning } from "../../compare/tune/tune.js";
import { formatTime } from "../../core/time.js";
import type { CandidateReport, TunedReport, TuneReport } from "../../report/tune-text.js";

/** A tuning as the JSON document has it. */
export function bodyOf({ rows, rowsScored, kernel, budget, checkpoint, policies }: Tuning): TuneReport {
  return {
    from: formatTime(rows.startMicros),
    to: formatTime(rows.endMicros),
    testBegins: formatTime(rows.cutOffMicros),
    rowsBefore: rows.events.rows,
    rowsScored,
    beginsFrom: rows.beginsFrom,
    kernel,
    budget,
    ...(checkpoint === undefined ? {} : { checkpoint: tunedReport(checkpoint) }),
    policies: policies.map(tunedReport),
  };
}

function tunedReport({
  name,
  chosen,
  best,
  tried,
  edges,
  gain,
  toldApart,
  learner,
  fingerprint,
}: Tuned): TunedReport {
  return {
    name,
    chosen: candidateReport(chosen),
    best: candidateReport(best),
    learner,
    settings: fingerprint,
    gain,
    toldApart,
    edges: edges.map(({ axis, side }) => ({ setting: axis === "octaves" ? "rate" : axis, side })),
    rowsLearned: tried.map(candidateReport).reduce((sum, { rowsLearned }) => sum + (rowsLearned ?? 0), 0),
    tried: tried.map(candidateReport),
  };
}

function candidateReport({ settings, loss, outcome }: Candidate): CandidateReport {
  return {
    ...settingsReport(settings),
    ...("diverged" in outcome
      ? { diverged: outcome.diverged }
      : { normalizedLoss: loss, rowsLearned: outcome.rowsLearned }),
  };
}

function settingsReport({ octaves, ...others }: Settings): CandidateReport {
  return octaves === undefined ? others : { rateTimes: Number((2 ** octaves).toPrecision(3)), ...others };
}
