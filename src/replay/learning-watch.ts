import { formatTime } from "../core/time.js";
import type { Learner } from "../model/learner.js";
import type { ForgettingProbe } from "./probe.js";
import type { Look } from "./stream.js";
import { type TermProgress, termProgress } from "./term-progress.js";

interface WatchOptions {
  windowMicros: number;
  frozen: boolean;
  probe: ForgettingProbe | undefined;
  /** Windows between two looks at the rows that the probe holds. */
  probeEveryWindows: number;
}

/** How the terms learned since the look before. */
export interface LearningLook {
  at: string;
  rowsLearned: number;
  terms: TermProgress[];
}

/** Looks at a learner at the end of each window: how its terms learn, and what it has forgotten. */
export class LearningWatch {
  readonly looks: LearningLook[] = [];
  readonly #learner: Learner;
  readonly #scores: Float64Array;
  readonly #options: WatchOptions;
  #rowsLearned = 0;
  #probeDueMicros = Number.NEGATIVE_INFINITY;

  constructor(learner: Learner, scores: Float64Array, options: WatchOptions) {
    this.#learner = learner;
    this.#scores = scores;
    this.#options = options;
  }

  look({ atMicros, rowsLearned }: Look): void {
    const learned = rowsLearned - this.#rowsLearned;
    const terms = termProgress(this.#learner.state, learned);
    this.looks.push({ at: formatTime(atMicros), rowsLearned: learned, terms });
    this.#rowsLearned = rowsLearned;
    const { probe, windowMicros, probeEveryWindows } = this.#options;
    if (probe === undefined || atMicros < this.#probeDueMicros) return;
    probe.look(atMicros, this.#learner, this.#scores);
    this.#probeDueMicros = atMicros + probeEveryWindows * windowMicros;
  }

  /** The last look, after all has been learned. */
  finish(look: Look): void {
    this.#probeDueMicros = Number.NEGATIVE_INFINITY;
    if (!this.#options.frozen) this.look(look);
  }
}
