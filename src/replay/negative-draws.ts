import { UnbatchError } from "../core/errors.js";
import { gatherCodes } from "../core/gather.js";
import type { LearnerSpec, NegativesSpec } from "../core/model-spec.js";
import {
  type EventBatch,
  type FeatureColumn,
  gatherBatch,
  gatherFeature,
  type Identity,
} from "../model/batch.js";
import type { DrawState } from "../model/negatives/draw-state.js";
import { NegativeSampler } from "../model/negatives/negative-sampler.js";
import type { Draws, EventBlock } from "./event-block.js";
import { FeatureList } from "./feature-list.js";
import { KnownItems } from "./known-items.js";

/**
 * Puts the negatives of each event of a log of positives alone right behind it: the event again, of label 0, with a
 * drawn item in place of its own. Drawn from the items of events that were known strictly before this one was shown;
 * never an item that its user has had up to and with it, in prediction order. Depends on the order of events and the
 * seed alone.
 */
export class NegativeDraws {
  readonly #negatives: NegativesSpec;
  readonly #sampler: NegativeSampler;
  readonly #known: KnownItems;
  #events = 0;

  /** @param before draws that these go on from. */
  constructor(
    { negatives, seed }: { negatives: NegativesSpec } & Pick<LearnerSpec, "seed">,
    before?: DrawState,
  ) {
    this.#negatives = negatives;
    this.#sampler = new NegativeSampler(negatives, seed);
    if (before !== undefined) this.#sampler.restore(before);
    this.#known = new KnownItems(negatives.itemFeatures, before);
  }

  /** After the last block: what the next log's draws go on from, when all of this one's labels are known. */
  finish(): Omit<DrawState, "users" | "items"> {
    this.#known.advance(Number.POSITIVE_INFINITY, (item) => this.#sampler.know(item));
    const { count, columns } = this.#known;
    return {
      ...this.#sampler.save(),
      features: new Map([...columns].map(([name, list]) => [name, list.column(count)])),
    };
  }

  /** The block with its negatives. Errors: no log.user or log.item. */
  add(block: EventBlock): EventBlock {
    const { events, origin } = block;
    const before: Draws = { negatives: this.#sampler.drawn, givenUp: this.#sampler.givenUp };
    const rows = this.#draw(events, identitiesOf(events, "user"), identitiesOf(events, "item"));
    const order = Int32Array.from(rows.events);
    const places = (values: Int32Array): Int32Array => gatherCodes(values, order);
    const first = this.#events;
    this.#events += events.rows;
    return {
      ...block,
      events: {
        ...gatherBatch({ ...events, features: new Map(), identities: new Map() }, order),
        label: Float64Array.from(rows.labels),
        identities: new Map([
          ["user", places(identitiesOf(events, "user"))],
          ["item", Int32Array.from(rows.items)],
        ]),
        features: new Map(
          [...events.features].map(([name, column]) => [
            name,
            rows.columns.get(name)?.column(order.length) ?? gatherFeature(column, order),
          ]),
        ),
        drawn: {
          event: order.map((event) => first + event),
          logProbability: Float64Array.from(rows.logProbabilities),
        },
      },
      origin: { file: places(origin.file), rowGroup: places(origin.rowGroup), row: places(origin.row) },
      draws: {
        negatives: this.#sampler.drawn - before.negatives,
        givenUp: this.#sampler.givenUp - before.givenUp,
      },
    };
  }

  #draw(events: EventBatch, users: Int32Array, items: Int32Array): DrawnRows {
    const sampler = this.#sampler;
    const own = this.#negatives.itemFeatures.flatMap((name): [string, FeatureColumn][] => {
      const column = events.features.get(name);
      return column === undefined ? [] : [[name, column]];
    });
    const rows = new DrawnRows(own);
    this.#known.add(events, items);
    for (let event = 0; event < events.rows; event++) {
      this.#known.advance(events.shownAtMicros[event] ?? 0, (item) => sampler.know(item));
      const user = users[event] ?? -1;
      const positive = items[event] ?? -1;
      if (user >= 0 && positive >= 0) sampler.take(user, positive);
      rows.addEvent(event, positive, events.label[event] ?? 0, sampler.logProbability(positive));
      for (let draw = 0; draw < this.#negatives.perPositive; draw++) {
        const item = sampler.draw(user, positive);
        if (item >= 0) rows.addNegative(event, item, this.#known, sampler.logProbability(item));
      }
    }
    return rows;
  }
}

/** The rows of a block as they are drawn. */
class DrawnRows {
  readonly events: number[] = [];
  readonly items: number[] = [];
  readonly labels: number[] = [];
  readonly logProbabilities: number[] = [];
  /** Of what is the item's own. */
  readonly columns: ReadonlyMap<string, FeatureList>;
  readonly #own: readonly [string, FeatureColumn][];

  constructor(own: readonly [string, FeatureColumn][]) {
    this.#own = own;
    this.columns = new Map(own.map(([name, column]) => [name, new FeatureList(column)]));
  }

  addEvent(event: number, item: number, label: number, logProbability: number): void {
    for (const [name, column] of this.#own) this.columns.get(name)?.set(this.events.length, column, event);
    this.#add(event, item, label, logProbability);
  }

  addNegative(event: number, item: number, known: KnownItems, logProbability: number): void {
    const place = known.placeOf(item) ?? 0;
    for (const [name, list] of this.columns) {
      const from = known.columns.get(name);
      if (from !== undefined) list.copy(this.events.length, from, place);
    }
    this.#add(event, item, 0, logProbability);
  }

  #add(event: number, item: number, label: number, logProbability: number): void {
    this.events.push(event);
    this.items.push(item);
    this.labels.push(label);
    this.logProbabilities.push(logProbability);
  }
}

function identitiesOf(events: EventBatch, name: Identity): Int32Array {
  const ids = events.identities.get(name);
  if (ids !== undefined) return ids;
  throw new UnbatchError({
    where: "unbatch.yaml",
    found: `learner.negatives, and no log.${name}`,
    expected: `the column of the ${name}'s id: a negative is an item that the user has not had`,
    next: `add log.${name}`,
  });
}
