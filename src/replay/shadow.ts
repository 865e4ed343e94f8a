import { type Refusal, refusal } from "../core/figure.js";
import type { Kernels } from "../core/wasm.js";
import { type EventBatch, withoutNewIds } from "../model/batch.js";
import { loadLearner } from "../model/create-learner.js";
import type { Learner } from "../model/learner.js";
import type { OnlineModel } from "../model/model.js";
import { stateBytes } from "../model/state-size.js";
import { DEFAULT_DETECTORS, type DetectorName, watchesDrift } from "./drift-watch.js";
import { writePredictions } from "./scored-rows.js";

/** A state of this many bytes is not held a second time for a shadow that nobody asked for. */
const MAX_SHADOW_BYTES = 2 ** 27;

/** A model that never learns: what it would have said, beside what the learner says (see DriftWatch). */
export class Shadow {
  readonly #learner: Learner;
  /** Whether the log may have ids that the model does not know. */
  readonly #grows: boolean;

  constructor(model: OnlineModel, kernels: Kernels | undefined) {
    this.#learner = loadLearner(model, new Map(), kernels);
    this.#grows = model.spec.features.some(
      ({ encoder }) => encoder.kind === "vocabulary" && encoder.unknown.rule === "grow",
    );
  }

  /** Of every event; ids that the model does not know are unknown to it for good. */
  predictions(events: EventBatch): Float64Array {
    const { state } = this.#learner;
    const scores = new Float64Array(events.rows);
    const known = this.#grows ? withoutNewIds(events, (feature) => state.rows(feature).unknownRow) : events;
    this.#learner.over(known).score(0, events.rows, scores);
    writePredictions(scores, scores, state.spec.learner.link);
    return scores;
  }
}

/** Whether a run asks a shadow: no, where nothing watches for drift or nothing learns; or why it cannot. */
export function asksShadow(
  model: OnlineModel,
  {
    frozen,
    detectors = DEFAULT_DETECTORS,
  }: { frozen: boolean; detectors?: readonly DetectorName[] | undefined },
): boolean | Refusal {
  if (frozen || detectors.length === 0 || watchesDrift(model.spec.learner.link) !== undefined) return false;
  const bytes = stateBytes(model);
  if (bytes <= MAX_SHADOW_BYTES) return true;
  return refusal(
    "not-measured",
    `a state of ${bytes} bytes is not held twice (at most ${MAX_SHADOW_BYTES})`,
    "replay with --frozen for the losses of the model as it is",
  );
}
