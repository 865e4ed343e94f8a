import type { OnlineModel } from "../model/model.js";
import { type DrawState, settleDraws } from "../model/negatives/draw-state.js";
import type { EventBlock } from "./event-block.js";

/** What the draws of a log leave behind for the next one's. */
export class KeptDraws {
  #state: DrawState | undefined;
  /** By feature: in the draws an id that is new has its place here for a row. */
  readonly #newIds = new Map<string, string[]>();

  add({ draws, newIds }: EventBlock): void {
    if (draws === undefined) return;
    this.#state = draws.state;
    for (const [feature, ids] of newIds) {
      const known = this.#newIds.get(feature) ?? [];
      for (const id of ids) known.push(id);
      this.#newIds.set(feature, known);
    }
  }

  /** The model at the end of the log, with them. */
  putInto(model: OnlineModel): OnlineModel {
    if (this.#state === undefined) return model;
    return { ...model, draws: settleDraws(this.#state, this.#newIds, model.vocabularies) };
  }
}
