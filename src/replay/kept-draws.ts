import { TextList } from "../core/text-list.js";
import type { OnlineModel } from "../model/model.js";
import { type DrawState, settleDraws } from "../model/negatives/draw-state.js";
import type { EventBlock } from "./event-block.js";

/** What the draws of a log leave behind for the next one's. */
export class KeptDraws {
  #state: DrawState | undefined;
  /** By feature: in the draws an id that is new has its place here for a row. */
  readonly #newIds = new Map<string, TextList>();

  add({ draws, newIds }: EventBlock): void {
    if (draws === undefined) return;
    this.#state = draws.state;
    for (const [feature, ids] of newIds) {
      const known = this.#newIds.get(feature) ?? new TextList();
      known.append(ids);
      this.#newIds.set(feature, known);
    }
  }

  /** The model at the end of the log, with them. */
  putInto(model: OnlineModel): OnlineModel {
    if (this.#state === undefined) return model;
    const newIds = new Map([...this.#newIds].map(([feature, ids]) => [feature, ids.strings()]));
    return { ...model, draws: settleDraws(this.#state, newIds, model.vocabularies) };
  }
}
