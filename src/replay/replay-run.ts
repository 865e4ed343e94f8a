import type { Refusal } from "../core/figure.js";
import { formatTime } from "../core/time.js";
import type { EventBatch } from "../model/batch.js";
import { treeTensors } from "../model/forest.js";
import type { BoundLearner } from "../model/learner.js";
import { saveState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import { CatalogueRanks } from "./catalogue-ranks.js";
import { Checkpoints } from "./checkpoints.js";
import { clockSettings, type Moment, ReplayClock } from "./clock.js";
import { DEFAULT_DETECTORS } from "./drift-watch.js";
import type { EventBlock } from "./event-block.js";
import { KeptDraws } from "./kept-draws.js";
import { LabelQueue, type LabelRange } from "./label-queue.js";
import { type LabelSegment, labelSegment } from "./label-segment.js";
import { Learners } from "./learners.js";
import { LearningWatch } from "./learning-watch.js";
import { checkLedger, type Ledger, RejectedRows } from "./ledger.js";
import { LentRooms } from "./lent-rooms.js";
import { LossWatch } from "./loss-watch.js";
import { ForgettingProbe } from "./probe.js";
import type { Replayed, ReplayOptions } from "./replay.js";
import { predictedRows, type ScoredRows, writePredictions } from "./scored-rows.js";
import { asksShadow, Shadow } from "./shadow.js";
import { StabilityWatch } from "./stability-watch.js";
import { WindowQuality } from "./window-quality.js";

/** One replay as it goes on, block by block. */
export class ReplayRun {
  readonly checkpoints: Checkpoints;
  readonly #model: OnlineModel;
  readonly #options: ReplayOptions;
  readonly #beforeMicros: number;
  readonly #learners: Learners;
  readonly #labels: LabelQueue;
  readonly #quality: WindowQuality;
  readonly #losses: LossWatch;
  readonly #shadow: Shadow | Refusal | undefined;
  readonly #rejected = new RejectedRows();
  readonly #probe: ForgettingProbe | undefined;
  readonly #catalogue: CatalogueRanks | undefined;
  readonly #seconds = { learning: 0, measuring: 0 };
  readonly #counts = {
    read: 0,
    bytes: 0,
    predicted: 0,
    known: 0,
    learned: 0,
    held: 0,
    before: 0,
    drawn: 0,
    notDrawn: 0,
  };
  /** Made with the first event, whose day they count from. */
  #begun: { firstMicros: number; clock: ReplayClock<LabelRange>; watch: LearningWatch } | undefined;
  readonly #draws = new KeptDraws();
  readonly #rooms = new LentRooms();
  #lastShownMicros: number | undefined;
  #lastLearnedMicros: number | undefined;

  /** @param mostEvents that the log may hold. */
  constructor(model: OnlineModel, options: ReplayOptions, beforeMicros: number, mostEvents: number) {
    const { link, seed, negatives, batchSize } = model.spec.learner;
    this.#catalogue =
      negatives &&
      new CatalogueRanks(negatives, {
        ...{ seed, events: mostEvents, seconds: options.seconds, before: model.draws },
      });
    const { frozen, windowMicros, probe, checkpoints } = options;
    // The learners hold what it has learned: its own tables would be held beside theirs.
    this.#model = { ...model, tensors: new Map(treeTensors(model.tensors).map((one) => [one.name, one])) };
    this.#options = options;
    this.#beforeMicros = beforeMicros;
    this.#quality = new WindowQuality(windowMicros, link);
    this.checkpoints = new Checkpoints(frozen ? undefined : checkpoints, batchSize);
    this.#labels = new LabelQueue(options.spool, () => this.checkpoints.rowsLeft(this.#counts.learned));
    this.#losses = new LossWatch(link, options.detectors ?? DEFAULT_DETECTORS);
    const asks = asksShadow(model, options);
    if (typeof asks !== "boolean") this.#shadow = asks;
    else if (asks && options.shadow !== "of the stream") this.#shadow = new Shadow(model, options.kernels);
    this.#learners = new Learners(model, options.kernels, {
      publishes: options.publishEveryMicros !== undefined,
      memory: options.memory,
    });
    if (probe !== undefined && !frozen)
      this.#probe = new ForgettingProbe({ share: probe.share, seed, link, sliceMicros: windowMicros });
  }

  async add(block: EventBlock): Promise<void> {
    const { events, newIds, rowsRead, bytesRead, rejected, draws } = block;
    const started = this.#options.seconds();
    const ranked = this.#catalogue?.seconds ?? 0;
    this.#counts.drawn += draws?.negatives ?? 0;
    this.#counts.notDrawn += draws?.givenUp ?? 0;
    this.#draws.add(block);
    this.#counts.read += rowsRead;
    this.#counts.bytes += bytesRead;
    this.#rejected.addAll(rejected);
    if (this.#learners.addNewIds(newIds))
      for (const segment of this.#labels.segments) segment.teacher = undefined;
    if (events.rows === 0) return;
    const { clock } = this.#begin(events);
    const { link } = this.#model.spec.learner;
    const scores = new Float64Array(events.rows);
    const predictions = new Float64Array(events.rows);
    const held = this.#probe?.add(events, scores);
    const shadow = this.#options.frozen ? predictions : (block.shadow ?? this.#shadowOf(events));
    const segment = labelSegment(events, { learner: predictions, shadow }, held);
    this.#labels.add(segment);
    // A probe keeps events, and so may a catalogue.
    if (block.room !== undefined && this.#probe === undefined && this.#catalogue === undefined)
      this.#rooms.add(segment, block.room);
    const { serving } = this.#learners;
    const catalogue = this.#catalogue?.add(events);
    const predictor = catalogue?.over(serving) ?? serving.over(events);
    for (const moment of clock.block(events.shownAtMicros)) {
      this.#pass(moment);
      if (moment.kind === "predict") predictor.score(moment.from, moment.to, scores);
      else if (moment.kind === "predict, then learn") this.#learnAlone(moment, predictor, scores);
      if (this.checkpoints.rowsLeft(this.#counts.learned) === 0) await this.#writeCheckpoint();
      if (!this.#losses.isFull) continue;
      // Of the rows that are predicted by now; the others' are written over below.
      writePredictions(scores, predictions, link);
      this.#losses.take();
    }
    writePredictions(scores, predictions, link);
    this.#labels.keepToBound();
    const learned = this.#options.seconds();
    this.#measure(predictedRows(events, predictions, 0, catalogue?.ranks), events);
    const ranking = (this.#catalogue?.seconds ?? 0) - ranked;
    this.#seconds.learning += learned - started - ranking;
    this.#seconds.measuring += this.#options.seconds() - learned + ranking;
  }

  /** The rooms of blocks that nothing looks at any more. */
  takeLeftRooms(): ArrayBuffer[] {
    return this.#rooms.takeLeft(this.#labels.segments);
  }

  /** Lets go of what lies on disk, however the run ends. */
  close(): void {
    this.#labels.close();
  }

  async finish(): Promise<Replayed> {
    const started = this.#options.seconds();
    const { frozen, probe, maxRejected } = this.#options;
    for (const moment of this.#begun?.clock.rest() ?? []) {
      this.#pass(moment);
      if (this.checkpoints.rowsLeft(this.#counts.learned) === 0) await this.#writeCheckpoint();
      if (this.#losses.isFull) this.#losses.take();
    }
    this.#learners.learner.flush();
    const learned = this.#options.seconds();
    this.#losses.take();
    const { read, bytes, before, drawn, notDrawn, ...counts } = this.#counts;
    const first = this.#begun?.firstMicros ?? 0;
    const last = this.#lastShownMicros ?? 0;
    const atMicros = Math.max(last, this.#lastLearnedMicros ?? last);
    if (!frozen) this.#begun?.watch.finish({ atMicros, rowsLearned: counts.learned }, this.#learners.learner);
    this.#rejected.check(read, maxRejected);
    const { overall, windows } = this.#quality.finish();
    const ledger: Ledger = {
      read,
      ...(this.#catalogue === undefined ? {} : { drawn, notDrawn }),
      predicted: counts.predicted,
      scored: overall.rows,
      learned: counts.learned,
      held: frozen ? counts.known : counts.held,
      pending: counts.predicted - counts.known,
      rejected: this.#rejected.total,
      rejectedBy: this.#rejected.byReason(),
    };
    checkLedger(ledger);
    const { kernel, state } = this.#learners.learner;
    const saved = saveState(this.#model, state);
    const watched = this.#probe;
    const stability = this.#begun?.watch.stabilityLooks;
    this.#seconds.learning += learned - started;
    this.#seconds.measuring += this.#options.seconds() - learned;
    return {
      result: {
        ...{ kernel, learner: this.#model.spec.learner, frozen },
        ...{ firstShownAt: formatTime(first), lastShownAt: formatTime(last), overall, windows },
        ...(this.#catalogue === undefined ? {} : { catalogue: this.#catalogue.ranked }),
        learning: this.#begun?.watch.looks ?? [],
        drift: this.#losses.finish(this.#shadow instanceof Shadow ? undefined : this.#shadow),
        ...(watched === undefined
          ? {}
          : { probe: { share: probe?.share ?? 0, rowsHeld: watched.rowsHeld, looks: watched.looks } }),
        ...(stability === undefined ? {} : { stability }),
        ledger,
      },
      // What learns nothing takes up nothing of the log either.
      model: frozen ? saved : this.#draws.putInto(saved),
      lastShownMicros: this.#lastShownMicros,
      lastLearnedMicros: this.#lastLearnedMicros,
      ...{ rowsBefore: before, rowsRead: read, bytesRead: bytes, seconds: this.#seconds },
    };
  }

  #begin(events: EventBatch): { clock: ReplayClock<LabelRange>; watch: LearningWatch } {
    if (this.#begun !== undefined) return this.#begun;
    const firstMicros = events.shownAtMicros[0] ?? 0;
    const { windowMicros, probe, stability, frozen } = this.#options;
    const watch = new LearningWatch(this.#learners.learner.state, {
      windowMicros,
      probe: this.#probe && { watch: this.#probe, everyWindows: probe?.everyWindows ?? 1 },
      stability:
        stability === undefined || frozen
          ? undefined
          : {
              watch: new StabilityWatch(this.#learners.learner.state, firstMicros),
              everyWindows: stability.everyWindows,
            },
    });
    const clock = new ReplayClock(clockSettings(firstMicros, this.#options), this.#labels);
    this.#begun = { firstMicros, clock, watch };
    return this.#begun;
  }

  /** What the model would have said had it never learned from this log. */
  #shadowOf(events: EventBatch): Float64Array | undefined {
    return this.#shadow instanceof Shadow ? this.#shadow.predictions(events) : undefined;
  }

  async #writeCheckpoint(): Promise<void> {
    const reached = { rowsLearned: this.#counts.learned, lastLearnedMicros: this.#lastLearnedMicros ?? 0 };
    await this.checkpoints.write(this.#model, this.#learners.learner.state, reached);
  }

  /** All of a moment but the predictions. */
  #pass(moment: Moment<LabelRange>): void {
    switch (moment.kind) {
      case "observe":
        this.#begun?.watch.look(
          { atMicros: moment.atMicros, rowsLearned: this.#counts.learned },
          this.#learners.learner,
        );
        break;
      case "publish":
        this.#learners.publish();
        break;
      case "learn":
        this.#losses.add(moment);
        if (!this.#options.frozen) this.#learn(moment);
        break;
      case "predict, then learn":
        this.#losses.add(moment);
        break;
      case "predict":
    }
  }

  #learnAlone({ segment, from, to }: LabelRange, predictor: BoundLearner, scores: Float64Array): void {
    if (this.#options.frozen) predictor.score(from, to, scores);
    else if (this.#learners.serving === this.#learners.learner) {
      predictor.scoreThenLearn(from, to, scores);
      this.#countLearned(segment, from, to);
    } else {
      predictor.score(from, to, scores);
      this.#learn({ segment, from, to });
    }
  }

  #learn({ segment, from, to }: LabelRange): void {
    segment.teacher ??= this.#learners.learner.over(segment.events);
    const { held } = segment;
    for (let start = from; start < to; ) {
      let end = start;
      while (end < to && held?.[end] !== 1) end++;
      if (end > start) {
        segment.teacher.learn(start, end);
        this.#countLearned(segment, start, end);
      }
      this.#counts.held += end < to ? 1 : 0;
      start = end + 1;
    }
  }

  #countLearned({ events }: LabelSegment, from: number, to: number): void {
    this.#counts.learned += to - from;
    this.#lastLearnedMicros = events.knownAtMicros[to - 1];
  }

  #measure(scored: ScoredRows, { rows, shownAtMicros }: EventBatch): void {
    this.#lastShownMicros = shownAtMicros[rows - 1];
    this.#counts.predicted += rows;
    for (let row = 0; row < rows && (shownAtMicros[row] ?? 0) < this.#beforeMicros; row++)
      this.#counts.before += 1;
    this.#counts.known += scored.labels.length;
    this.#quality.add(scored);
    this.#losses.take();
  }
}
