import { UnbatchError } from "../core/errors.js";
import { gatherCodes } from "../core/gather.js";
import type { LearnerSpec, NegativesSpec } from "../core/model-spec.js";
import { type EventBatch, gatherBatch, type Identity } from "../model/batch.js";
import { NegativeSampler } from "../model/negatives/negative-sampler.js";
import type { EventLog } from "./events.js";
import { KnownItems } from "./known-items.js";

/** Negatives that were drawn for the events of a log, and those that were not to be had. */
export interface Draws {
  negatives: number;
  givenUp: number;
}

/**
 * A log of positives alone, with the negatives of each event right behind it: the event again, of label 0, with a drawn
 * item in place of its own. Drawn from the items of events that were known strictly before this one was shown; never an
 * item that its user has had up to and with it, in prediction order. Depends on the order of events and the seed alone.
 * Errors: no log.user or log.item; more rows than `maxRows`.
 */
export function withNegatives(
  log: EventLog,
  { negatives, seed }: { negatives: NegativesSpec } & Pick<LearnerSpec, "seed">,
  maxRows: number,
): EventLog {
  const { events } = log;
  const { perPositive, itemFeatures } = negatives;
  const most = events.rows * (1 + perPositive);
  if (most > maxRows) throw tooManyRows(events.rows, perPositive, maxRows);
  const users = identitiesOf(events, "user");
  const items = identitiesOf(events, "item");
  const known = new KnownItems(events, items);
  const sampler = new NegativeSampler(negatives, seed);

  const eventOf = new Int32Array(most);
  const itemFrom = new Int32Array(most);
  const logProbability = new Float64Array(most);
  let rows = 0;
  const put = (event: number, from: number, item: number): void => {
    eventOf[rows] = event;
    itemFrom[rows] = from;
    logProbability[rows] = sampler.logProbability(item);
    rows += 1;
  };
  for (let event = 0; event < events.rows; event++) {
    known.advance(events.shownAtMicros[event] ?? 0, (item) => sampler.know(item));
    const user = users[event] ?? -1;
    const positive = items[event] ?? -1;
    if (user >= 0 && positive >= 0) sampler.take(user, positive);
    put(event, event, positive);
    for (let draw = 0; draw < perPositive; draw++) {
      const item = sampler.draw(user, positive);
      const place = known.placeOf(item);
      if (place !== undefined) put(event, known.lastRows[place] ?? 0, item);
    }
  }

  const event = eventOf.subarray(0, rows);
  const from = itemFrom.subarray(0, rows);
  const { origin } = log;
  return {
    ...log,
    events: {
      ...withItems(gatherBatch(events, event), gatherBatch(events, from), itemFeatures),
      drawn: { event, logProbability: logProbability.subarray(0, rows) },
    },
    origin: {
      file: gatherCodes(origin.file, event),
      rowGroup: gatherCodes(origin.rowGroup, event),
      row: gatherCodes(origin.row, event),
    },
    draws: { negatives: sampler.drawn, givenUp: sampler.givenUp },
  };
}

/** Events with what is the item's own taken from the same rows of `source`; a row with another item is a negative. */
function withItems(events: EventBatch, source: EventBatch, itemFeatures: readonly string[]): EventBatch {
  const own = new Set(itemFeatures);
  const items = identitiesOf(source, "item");
  const taken = identitiesOf(events, "item");
  return {
    ...events,
    label: events.label.map((label, row) => (items[row] === taken[row] ? label : 0)),
    identities: new Map([...events.identities].filter(([name]) => name !== "group")).set("item", items),
    features: new Map(
      [...events.features].map(([name, column]) => [
        name,
        own.has(name) ? (source.features.get(name) ?? column) : column,
      ]),
    ),
  };
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

function tooManyRows(events: number, perPositive: number, maxRows: number): UnbatchError {
  return new UnbatchError({
    found: `${events} events x (1 + ${perPositive} negatives) = ${events * (1 + perPositive)} rows`,
    expected: `at most ${maxRows}`,
    next: "lower learner.negatives.perPositive, replay the log in parts, or raise --max-rows if there is memory",
  });
}
