import type { Refusal } from "../core/figure.js";
import type { LearnerSpec } from "../core/model-spec.js";
import type { Quality } from "../measure/quality.js";
import type { RankedEvents } from "./catalogue-ranks.js";
import type { LossDrift } from "./drift-watch.js";
import type { LearningLook } from "./learning-watch.js";
import type { Ledger } from "./ledger.js";
import type { ProbeLook } from "./probe.js";
import type { StabilityLook } from "./stability-watch.js";
import type { ReplayWindow } from "./window-quality.js";

export type { ReplayWindow } from "./window-quality.js";

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
  drift: LossDrift | Refusal;
  probe?: { share: number; rowsHeld: number; looks: ProbeLook[] };
  /** Of models with embeddings, where it was asked for. */
  stability?: StabilityLook[];
  ledger: Ledger;
}
