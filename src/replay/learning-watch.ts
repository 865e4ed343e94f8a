import { formatTime } from "../core/time.js";
import type { Learner } from "../model/learner.js";
import type { ForgettingProbe } from "./probe.js";
import type { StabilityWatch } from "./stability-watch.js";
import type { Look } from "./stream.js";
import { type TermProgress, termProgress } from "./term-progress.js";

/** How the terms learned since the look before. */
export interface LearningLook {
  at: string;
  rowsLearned: number;
  terms: TermProgress[];
}

/** Something that looks at the learner every so many windows, and once more at the end. */
interface Every<T> {
  watch: T;
  everyWindows: number;
}

interface WatchOptions {
  windowMicros: number;
  probe: Every<ForgettingProbe> | undefined;
  stability: Every<StabilityWatch> | undefined;
}

/** Looks at a learner at the end of each window: how its terms learn, what it has forgotten, how far it moved. */
export class LearningWatch {
  readonly looks: LearningLook[] = [];
  readonly #learner: Learner;
  readonly #scores: Float64Array;
  readonly #options: WatchOptions;
  #rowsLearned = 0;
  #probeDueMicros = Number.NEGATIVE_INFINITY;
  #stabilityDueMicros = Number.NEGATIVE_INFINITY;

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
    const { probe, stability, windowMicros } = this.#options;
    if (probe !== undefined && atMicros >= this.#probeDueMicros) {
      probe.watch.look(atMicros, this.#learner, this.#scores);
      this.#probeDueMicros = atMicros + probe.everyWindows * windowMicros;
    }
    if (stability !== undefined && atMicros >= this.#stabilityDueMicros) {
      stability.watch.look(atMicros);
      this.#stabilityDueMicros = atMicros + stability.everyWindows * windowMicros;
    }
  }

  /** The last look, after all has been learned: everything looks. */
  finish(look: Look): void {
    this.#probeDueMicros = Number.NEGATIVE_INFINITY;
    this.#stabilityDueMicros = Number.NEGATIVE_INFINITY;
    this.look(look);
  }
}
