/**
 * What no ranking of the items can beat: how often the item that was clicked stands before one drawn alike from those that
 * were clicked before. Of an event, P(item | click) is in proportion to the item's share of the rows x its probability of
 * a click there; ordering by that is best (a likelihood ratio: Neyman and Pearson).
 */
export class BestPairs {
  #random;
  #share;
  #known = [];
  #isKnown;
  #wins = 0;
  #pairs = 0;

  /** @param share of the rows, by item */
  constructor(random, share) {
    this.#random = random;
    this.#share = share;
    this.#isKnown = new Uint8Array(share.length);
  }

  /** A click on this item; `probabilityOf` another item, had it been shown in its place. */
  add(item, probabilityOf) {
    if (this.#known.length > 1) {
      const other = this.#known[Math.floor(this.#random.uniform() * this.#known.length)];
      if (other !== item) {
        const [own, others] = [item, other].map((one) => this.#share[one] * probabilityOf(one));
        this.#wins += own > others ? 1 : 0;
        this.#pairs += 1;
      }
    }
    if (this.#isKnown[item] === 0) this.#known.push(item);
    this.#isKnown[item] = 1;
  }

  /** The share of pairs in the right order: the sampled AUC of the truth. */
  get auc() {
    return this.#wins / this.#pairs;
  }
}
