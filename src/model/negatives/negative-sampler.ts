import type { NegativesSpec } from "../../core/model-spec.js";
import { hashText, type Random, seededRandom } from "../../core/random.js";
import type { DrawState } from "./draw-state.js";
import { PairSet } from "./pair-set.js";
import { WeightedList } from "./weighted-list.js";

/** Draws for one negative before it is given up: a user may have had nearly everything. */
const MOST_TRIES = 32;
/** Weights are whole numbers of 1/1024 of an event. */
const UNIT = 1024;

/** What draws depend on, of the state that the next log goes on from. */
export type SamplerState = Pick<DrawState, "known" | "counts" | "had" | "seed">;

/**
 * Items that a user has not had by now, drawn with replacement from those that are known by now: each alike, or in
 * proportion to its number of events^0.75 (Mikolov et al. 2013, "Distributed Representations of Words and Phrases",
 * section 2.2). An item that the user has had is drawn again, so that the others keep their proportions. Users and
 * items are small numbers >= 0. O(log items) a draw.
 */
export class NegativeSampler {
  readonly #spec: NegativesSpec;
  #random: Random;
  #weights = new WeightedList();
  #items: number[] = [];
  #counts: number[] = [];
  readonly #placeOf = new Map<number, number>();
  #had = new PairSet();
  /** Negatives that were drawn, and those that were not to be had. */
  drawn = 0;
  givenUp = 0;

  constructor(spec: NegativesSpec, seed: number) {
    this.#spec = spec;
    this.#random = seededRandom(hashText("negatives", seed));
  }

  /** An event with this item became known. */
  know(item: number): void {
    const place = this.#placeOf.get(item);
    if (place === undefined) {
      this.#placeOf.set(item, this.#items.length);
      this.#items.push(item);
      this.#counts.push(1);
      this.#weights.push(this.#weightOf(1));
      return;
    }
    const count = (this.#counts[place] ?? 0) + 1;
    this.#counts[place] = count;
    this.#weights.set(place, this.#weightOf(count));
  }

  /** This user took this item: it is no negative of theirs from now on. */
  take(user: number, item: number): void {
    this.#had.add(user, item);
  }

  /** A negative for an event of this user and item; -1 where none was to be had. A user below 0 is nobody. */
  draw(user: number, positive: number): number {
    if (this.#weights.total > 0) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const item = this.#items[this.#weights.at(this.#random.uniform())] ?? positive;
        if (item === positive || (user >= 0 && this.#had.has(user, item))) continue;
        this.drawn += 1;
        return item;
      }
    }
    this.givenUp += 1;
    return -1;
  }

  /** Log of the chance of an item at one draw, whoever it is for; one that is not known yet counts as one event. */
  logProbability(item: number): number {
    const place = this.#placeOf.get(item);
    if (place !== undefined) return Math.log(this.#weights.weightOf(place) / this.#weights.total);
    const own = this.#weightOf(1);
    return Math.log(own / (this.#weights.total + own));
  }

  save(): SamplerState {
    return {
      known: Int32Array.from(this.#items),
      counts: Float64Array.from(this.#counts),
      had: this.#had.pairs(),
      seed: this.#random.seed(),
    };
  }

  restore({ known, counts, had, seed }: SamplerState): void {
    this.#items = [...known];
    this.#counts = [...counts];
    this.#weights = new WeightedList();
    for (const count of counts) this.#weights.push(this.#weightOf(count));
    this.#placeOf.clear();
    known.forEach((item, place) => {
      this.#placeOf.set(item, place);
    });
    this.#had = new PairSet();
    for (let at = 0; at < had.length; at += 2) this.#had.add(had[at] ?? 0, had[at + 1] ?? 0);
    this.#random = seededRandom(seed);
  }

  /** By square roots, which are the same bits everywhere, as a power need not be. */
  #weightOf(count: number): number {
    if (this.#spec.sampling === "uniform") return 1;
    const root = Math.sqrt(count);
    return Math.round(UNIT * root * Math.sqrt(root));
  }
}
