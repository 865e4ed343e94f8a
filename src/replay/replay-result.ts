import type { Refusal } from "../core/figure.js";
import type { LearnerSpec, Link } from "../core/model-spec.js";
import { formatTime } from "../core/time.js";
import { type Quality, qualityOf } from "../measure/quality.js";
import { slice } from "../measure/scored.js";
import { slicesOf } from "../measure/slices.js";
import type { RankedEvents } from "./catalogue-ranks.js";
import type { DriftWatch } from "./drift-watch.js";
import type { LearningLook } from "./learning-watch.js";
import type { Ledger } from "./ledger.js";
import type { ProbeLook } from "./probe.js";
import type { ScoredRows } from "./scored-rows.js";
import type { StabilityLook } from "./stability-watch.js";

export interface ReplayWindow {
  start: string;
  rows: number;
  metrics: Quality;
}

/** What a replay found, as plain data. */
export interface ReplayResult {
  kernel: string;
  learner: LearnerSpec;
  frozen: boolean;
  firstShownAt: string;
  lastShownAt: string;
  overall: { rows: number; metrics: Quality };
  windows: ReplayWindow[];
  /** Of a log of positives alone: which events the ranking metrics are of. */
  catalogue?: RankedEvents;
  /** At the end of each window, and of the run; none where nothing learns. */
  learning: LearningLook[];
  drift: DriftWatch | Refusal;
  probe?: { share: number; rowsHeld: number; looks: ProbeLook[] };
  /** Of models with embeddings, where it was asked for. */
  stability?: StabilityLook[];
  ledger: Ledger;
}

/** Metrics of all scored rows, and of each window of the time they were shown in. */
export function qualityByWindow(
  scored: ScoredRows,
  windowMicros: number,
  link: Link,
): Pick<ReplayResult, "overall" | "windows"> {
  return {
    overall: { rows: scored.labels.length, metrics: qualityOf(scored, link) },
    windows: slicesOf(scored.shownAtMicros, windowMicros).map(({ startMicros, from, to }) => ({
      start: formatTime(startMicros),
      rows: to - from,
      metrics: qualityOf(slice(scored, from, to), link),
    })),
  };
}
