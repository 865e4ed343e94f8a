import type { LogConfig } from "../../config/config.js";
import { parseLabelRule } from "../../config/label-rule.js";
import type { LogDescription, LogSource } from "../../core/column.js";
import { isPairwise } from "../../core/model-spec.js";
import type { Progress } from "../../core/progress.js";
import { lowerBound } from "../../core/search.js";
import type { ScoredLosses } from "../../measure/drift/loss-shift.js";
import type { Observed } from "../../measure/drift/observed.js";
import { rowLosses } from "../../measure/drift/row-losses.js";
import { sampleOf } from "../../measure/drift/sample.js";
import { plainLearner } from "../../model/learner.js";
import { loadState } from "../../model/load.js";
import { predictionOf } from "../../model/loss.js";
import type { OnlineModel } from "../../model/model.js";
import type { ModelRecord } from "../../model/record.js";
import { readEvents } from "../../replay/events.js";
import { scoredRows } from "../../replay/scored-rows.js";

/** Predictions of one model, frozen, on each part of a log; and the losses of the rows whose label is known. */
export interface ScoredPart {
  predictions: Observed;
  /** Undefined where labels were not read. */
  losses: ScoredLosses | undefined;
}

export interface OpenedModel {
  path: string;
  model: OnlineModel;
  record: ModelRecord;
}

export interface ScoreOptions {
  log: LogConfig;
  /** Where each part begins; the first and the last are open. */
  boundsMicros: readonly number[];
  maxRows: number;
  progress: Progress;
}

/** Every part of every log. Errors: see readEvents. Rows that the model cannot read are left out, and said. */
export async function scoreLogs(
  sources: readonly LogSource[],
  { model, record }: OpenedModel,
  options: ScoreOptions,
): Promise<{ scored: ScoredPart[]; notes: string[] }> {
  const descriptions = await Promise.all(sources.map((source) => source.describe()));
  // Scores of a pairwise link have no loss of their own.
  const hasLosses = !isPairwise(model.spec.learner.link) && hasLabels(options.log, descriptions);
  const labels = hasLosses ? "required" : "ignored";
  const scored: ScoredPart[] = [];
  const notes = new Set<string>();
  for (const source of sources) {
    const { parts, rejected, firstShownAtMicros } = await scoreParts(source, model, { ...options, labels });
    scored.push(...parts);
    if (rejected > 0) notes.add(`${rejected} rows could not be scored by the model, and have no prediction`);
    const through = record.trained?.throughShownAtMicros;
    if (through !== undefined && firstShownAtMicros < through)
      notes.add("rows from before the model's cut-off are among the scored: it may have learned them");
  }
  return { scored, notes: [...notes] };
}

/** Whether every log has the columns that labels are made of. */
function hasLabels({ label, known }: LogConfig, descriptions: readonly LogDescription[]): boolean {
  if (label === undefined) return false;
  const needed = [
    ...parseLabelRule(label.rule).columns,
    ...(known !== undefined && "column" in known ? [known.column] : []),
  ];
  return descriptions.every(({ columns }) =>
    needed.every((name) => columns.some((column) => column.name === name)),
  );
}

async function scoreParts(
  source: LogSource,
  model: OnlineModel,
  { log, labels, boundsMicros, maxRows, progress }: ScoreOptions & { labels: "required" | "ignored" },
): Promise<{ parts: ScoredPart[]; rejected: number; firstShownAtMicros: number }> {
  const { spec, vocabularies } = model;
  const read = await readEvents(source, { log, spec, vocabularies, labels, maxRows, progress });
  const { events } = read;
  const scores = new Float64Array(events.rows);
  plainLearner(loadState(model, read.newIds)).over(events).score(0, events.rows, scores);
  const { link } = spec.learner;
  const all = scores.map(predictionOf(link));
  const known = scoredRows(events, 0, scores, link);
  const losses = isPairwise(link) ? new Float64Array(0) : rowLosses(known, link);
  // Both are in order of time, so a part is a range.
  const ofPart = (values: Float64Array, times: Float64Array, part: number): Float64Array => {
    const from = part === 0 ? 0 : lowerBound(times, boundsMicros[part] ?? 0);
    const to =
      part === boundsMicros.length - 1 ? times.length : lowerBound(times, boundsMicros[part + 1] ?? 0);
    return values.subarray(from, to);
  };
  return {
    parts: boundsMicros.map((_, part): ScoredPart => {
      const values = sampleOf(ofPart(all, events.shownAtMicros, part));
      return {
        predictions: { kind: "numeric", values, missing: 0 },
        losses:
          labels === "ignored"
            ? undefined
            : {
                scores: ofPart(known.predictions, known.shownAtMicros, part),
                losses: ofPart(losses, known.shownAtMicros, part),
              },
      };
    }),
    rejected: read.rejected.total,
    firstShownAtMicros: events.shownAtMicros[0] ?? Number.NaN,
  };
}
