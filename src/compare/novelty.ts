import { type Refusal, refusal } from "../core/figure.js";
import type { Link } from "../core/model-spec.js";
import { chosenRows, newSince } from "../measure/novelty.js";
import { type Quality, qualityOf } from "../measure/quality.js";
import { isFirstOfEvent } from "../model/batch.js";
import type { ScoredRows } from "../replay/scored-rows.js";
import type { Course } from "./runner.js";

/** Quality apart for users and items without an event before the test, and for rows whose user and item both had one. */
export interface QualityByNovelty {
  newUsers: GroupQuality;
  newItems: GroupQuality;
  seen: GroupQuality;
}
type GroupQuality = { rows: number; metrics: Quality } | Refusal;

/** Which of the scored rows are of new users and new items: the same rows for every policy. */
export class NoveltyGroups {
  readonly #newUser: Uint8Array | Refusal;
  readonly #newItem: Uint8Array | Refusal;

  constructor({ predictions, firstPrediction }: Pick<Course, "predictions" | "firstPrediction">) {
    const known = Array.from(predictions.knownAtMicros.subarray(firstPrediction), Number.isFinite);
    const flagsOf = (codes: Int32Array | undefined, key: string): Uint8Array | Refusal => {
      if (codes === undefined)
        return refusal("not-measured", `unbatch.yaml has no ${key}`, `name the column: ${key}`);
      if (firstPrediction === 0) {
        return refusal(
          "not-measured",
          "the log has no rows before the test: who is new is not known",
          "give a longer log",
        );
      }
      const flags = newSince(codes, firstPrediction);
      // The negatives of an event go with it.
      for (let row = 1; row < flags.length; row++)
        if (!isFirstOfEvent(predictions, firstPrediction + row)) flags[row] = flags[row - 1] ?? 0;
      return flags.filter((_, row) => known[row]);
    };
    this.#newUser = flagsOf(predictions.identities.get("user"), "log.user");
    this.#newItem = flagsOf(predictions.identities.get("item"), "log.item");
  }

  qualityOf(scored: ScoredRows, link: Link): QualityByNovelty {
    const group = (chosen: Uint8Array | Refusal): GroupQuality => {
      if (!(chosen instanceof Uint8Array)) return chosen;
      const rows = chosenRows(scored, chosen);
      return { rows: rows.labels.length, metrics: qualityOf(rows, link) };
    };
    return { newUsers: group(this.#newUser), newItems: group(this.#newItem), seen: group(this.#seen()) };
  }

  #seen(): Uint8Array | Refusal {
    const [users, items] = [this.#newUser, this.#newItem];
    if (!(users instanceof Uint8Array)) return users;
    if (!(items instanceof Uint8Array)) return items;
    return users.map((isNew, row) => (isNew === 1 || items[row] === 1 ? 0 : 1));
  }
}
