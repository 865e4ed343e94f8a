import { formatTime } from "../core/time.js";
import type { Learner } from "../model/learner.js";
import type { ModelState } from "../model/state.js";
import type { ForgettingProbe } from "./probe.js";
import type { StabilityLook, StabilityWatch } from "./stability-watch.js";
import { type TermProgress, termProgress } from "./term-progress.js";

/** A look at the learner while it learns: the count is of rows so far. */
interface Look {
  atMicros: number;
  rowsLearned: number;
}

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
  readonly #state: ModelState;
  readonly #options: WatchOptions;
  #rowsLearned = 0;
  #probeDueMicros = Number.NEGATIVE_INFINITY;
  #stabilityDueMicros = Number.NEGATIVE_INFINITY;

  constructor(state: ModelState, options: WatchOptions) {
    this.#state = state;
    this.#options = options;
  }

  /** How far the embeddings moved; undefined where nobody asked. */
  get stabilityLooks(): StabilityLook[] | undefined {
    return this.#options.stability?.watch.looks;
  }

  look({ atMicros, rowsLearned }: Look, learner: Learner): void {
    const learned = rowsLearned - this.#rowsLearned;
    const terms = termProgress(this.#state, learned);
    this.looks.push({ at: formatTime(atMicros), rowsLearned: learned, terms });
    this.#rowsLearned = rowsLearned;
    const { probe, stability, windowMicros } = this.#options;
    if (probe !== undefined && atMicros >= this.#probeDueMicros) {
      probe.watch.look(atMicros, learner);
      this.#probeDueMicros = atMicros + probe.everyWindows * windowMicros;
    }
    if (stability !== undefined && atMicros >= this.#stabilityDueMicros) {
      stability.watch.look(atMicros);
      this.#stabilityDueMicros = atMicros + stability.everyWindows * windowMicros;
    }
  }

  /** The last look, after all has been learned: everything looks. */
  finish(look: Look, learner: Learner): void {
    this.#probeDueMicros = Number.NEGATIVE_INFINITY;
    this.#stabilityDueMicros = Number.NEGATIVE_INFINITY;
    this.look(look, learner);
  }
}
