import { seededRandom } from "../../core/random.js";
import { startOfDay } from "../../core/time.js";
import { type Choice, probabilityOf, type TargetPolicy } from "../../measure/ope/target.js";
import { type EventBatch, gatherBatch } from "../../model/batch.js";
import type { BoundLearner, Learner } from "../../model/learner.js";
import { type Moment, moments } from "../../replay/clock.js";
import { labelOrder } from "../../replay/order.js";

/** What a learning policy is taught by: every row of the log, or those that it would have drawn itself. */
export type Lessons =
  | { kind: "this log" }
  /** A row is accepted with probability scale * w: scale * w must not exceed 1. */
  | { kind: "closed loop"; scale: number; propensities: Float64Array; items: Int32Array };

const SEED = 1;

/**
 * A policy that keeps learning. Taught by the log, it is the sequence of models that a replay of the log would publish:
 * each row is weighed by the model published before it, which is a predictable choice, so the weighted rewards are a
 * martingale about the mean of the models' values. In a closed loop (Dudik, Erhan, Langford & Li 2012, Sample-efficient
 * nonstationary policy evaluation) it learns a row only if it would have drawn that item, by rejection sampling with a
 * constant scale: its own history, on the assumption that the log's rows could have come in any order (no drift).
 */
export class LearningPolicy implements TargetPolicy {
  readonly #policy: TargetPolicy;
  readonly #learner: Learner;
  readonly #serving: Learner;
  readonly #lessons: Lessons;
  readonly #order: Int32Array;
  readonly #teacher: BoundLearner;
  readonly #due: Iterator<Moment>;
  readonly #accepted: Uint8Array;
  readonly #random = seededRandom(SEED);
  #predictTo = 0;
  /** Rows learned so far, and rows that a closed loop has accepted. */
  learned = 0;
  accepted = 0;

  /**
   * @param policy chooses by `serving` as it is when asked.
   * @param serving a copy of `learner` that is published every so often, or `learner` itself.
   */
  constructor(
    policy: TargetPolicy,
    { learner, serving }: { learner: Learner; serving: Learner },
    events: EventBatch,
    lessons: Lessons,
    publishEveryMicros: number | undefined,
  ) {
    this.#policy = policy;
    this.#learner = learner;
    this.#serving = serving;
    this.#lessons = lessons;
    this.#order = labelOrder(events);
    const labels = gatherBatch(events, this.#order);
    this.#teacher = learner.over(labels);
    const startMicros = startOfDay(events.shownAtMicros[0] ?? 0);
    this.#due = moments(events.shownAtMicros, labels.knownAtMicros, { startMicros, publishEveryMicros });
    this.#accepted = new Uint8Array(events.rows);
  }

  choose(row: number): Choice | undefined {
    while (row >= this.#predictTo) {
      const { value: moment, done } = this.#due.next();
      if (done === true) throw new TypeError(`no moment to predict row ${row} at`);
      this.#pass(moment);
    }
    const choice = this.#policy.choose(row);
    if (choice !== undefined && this.#lessons.kind === "closed loop")
      this.#consider(row, choice, this.#lessons);
    return choice;
  }

  #pass(moment: Moment): void {
    if (moment.kind === "predict") this.#predictTo = moment.to;
    else if (moment.kind === "publish") this.#serving.state.copyFrom(this.#learner.state, "weights");
    else if (moment.kind === "observe") return;
    else if (this.#lessons.kind === "this log") {
      this.#teacher.learn(moment.from, moment.to);
      this.learned += moment.to - moment.from;
    } else {
      for (let at = moment.from; at < moment.to; at++) {
        if (this.#accepted[this.#order[at] ?? 0] !== 1) continue;
        this.#teacher.learn(at, at + 1);
        this.learned += 1;
      }
    }
  }

  #consider(row: number, choice: Choice, lessons: Extract<Lessons, { kind: "closed loop" }>): void {
    const weight =
      probabilityOf(choice, lessons.items[row] ?? -1) / (lessons.propensities[row] ?? Number.NaN);
    if (!(this.#random.uniform() < lessons.scale * weight)) return;
    this.#accepted[row] = 1;
    this.accepted += 1;
  }
}
