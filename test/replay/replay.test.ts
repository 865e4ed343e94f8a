import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.js";
import { modelSpecOf } from "../../src/config/model-spec.js";
import { silent } from "../../src/core/progress.js";
import { newModel } from "../../src/model/create.js";
import { checkLedger } from "../../src/replay/ledger.js";
import { readBlocks } from "../../src/replay/read-blocks.js";
import { type Replayed, type ReplayOptions, replay } from "../../src/replay/replay.js";
import { type Cells, memoryLog } from "../support/log.js";

const HOUR = 3600e6;
const DAY = 24 * HOUR;
const START = Date.UTC(2024, 0, 1) * 1000;

interface Event {
  /** Hours after the first day began; null where it was never written down. */
  shown: number | null;
  /** Hours from shown to known; null where the label is not known yet. */
  delay: number | null;
  label: number | null;
}

/** At a rate of 1 the squared loss moves the bias to the label that was learned last: a score names its label. */
const YAML = `
version: 1
log: { time: at, label: y, known: { column: known }, maxRejected: 1 }
features: []
model: { link: squared, terms: [{ kind: bias }] }
learner: { optimizer: { kind: sgd, rate: 1 } }
`;

const at = (hours: number | null): number | null => (hours === null ? null : START + hours * HOUR);
const knownAt = ({ shown, delay }: Event): number | null =>
  shown === null || delay === null ? null : at(shown + delay);

async function replayed(
  events: readonly Event[],
  more: Partial<ReplayOptions> = {},
  yaml = YAML,
): Promise<Replayed> {
  const columns: Record<string, Cells> = {
    at: { type: "timestamp", cells: events.map(({ shown }) => at(shown)) },
    known: { type: "timestamp", cells: events.map(knownAt) },
    y: { type: "float", cells: events.map(({ label }) => label) },
  };
  const config = parseConfig(yaml, "unbatch.yaml");
  const spec = modelSpecOf(config);
  const options = {
    spec,
    vocabularies: new Map(),
    labels: "required",
    maxRows: 1000,
  } as const;
  const stream = await readBlocks(memoryLog(columns), { log: config.log, ...options });
  return replay(newModel(spec), stream, {
    windowMicros: DAY,
    frozen: false,
    seconds: () => 0,
    maxRejected: config.log.maxRejected,
    progress: silent,
    ...more,
  });
}

const usable = fc.record({
  shown: fc.integer({ min: 0, max: 60 }),
  delay: fc.option(fc.integer({ min: 0, max: 40 }), { nil: null, freq: 5 }),
  label: fc.integer({ min: -50, max: 50 }),
});
/** One at the start of the first day, so that cadences count from there. */
const events = fc
  .array(usable, { maxLength: 30 })
  .map((list): Event[] =>
    [{ shown: 0, delay: 1, label: 3 }, ...list].sort((a, b) => (a.shown ?? 0) - (b.shown ?? 0)),
  );
const hours = fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined });

/** Root mean squared error of predicting, for each event whose label is known, the label learned last by then. */
function expectedError(
  list: readonly Event[],
  publish: number | undefined,
  update: number | undefined,
): number {
  const labels = list
    .map((event, place) => ({
      ...event,
      place,
      known: (event.shown ?? 0) + (event.delay ?? Number.POSITIVE_INFINITY),
    }))
    .filter(({ known }) => Number.isFinite(known))
    .sort((a, b) => a.known - b.known || a.place - b.place);
  let sum = 0;
  for (const { shown, label } of labels) {
    // What predicts was published at the last multiple; it had learned what was known strictly before it.
    const publishedAt = publish === undefined ? (shown ?? 0) : publish * Math.floor((shown ?? 0) / publish);
    const asOf = update === undefined ? publishedAt : update * Math.floor(publishedAt / update);
    const last = labels.filter(({ known }) => known < asOf).at(-1);
    sum += ((last?.label ?? 0) - (label ?? 0)) ** 2;
  }
  return Math.sqrt(sum / labels.length);
}

describe("a replay", () => {
  it("predicts from what was known, updated and published by then", async () => {
    let scored = 0;
    await fc.assert(
      fc.asyncProperty(events, hours, hours, async (list, publish, update) => {
        const { result } = await replayed(list, {
          publishEveryMicros: publish === undefined ? undefined : publish * HOUR,
          updateEveryMicros: update === undefined ? undefined : update * HOUR,
        });
        const found = result.overall.metrics.rootMeanSquaredError;
        expect(found).toMatchObject({ rows: result.overall.rows });
        const value = found !== undefined && "value" in found ? found.value : Number.NaN;
        expect(value).toBeCloseTo(expectedError(list, publish, update), 9);
        scored += result.overall.rows;
      }),
      { numRuns: 300 },
    );
    expect(scored).toBeGreaterThan(700);
  });

  const odd = fc.record({
    shown: fc.oneof({ weight: 5, arbitrary: fc.nat(60) }, fc.constantFrom(null, -1e6)),
    delay: fc.oneof({ weight: 4, arbitrary: fc.nat(40) }, fc.constantFrom(null, -1)),
    label: fc.oneof(
      { weight: 4, arbitrary: fc.nat(9) },
      fc.constantFrom(null, Number.NaN, Number.POSITIVE_INFINITY),
    ),
  });

  it("accounts for every row, online and frozen", async () => {
    const sums = { rejected: 0, pending: 0, learned: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(odd, { minLength: 1, maxLength: 20 }), fc.boolean(), async (list, frozen) => {
        const { result } = await replayed(list, { frozen });
        const { read, predicted, scored, learned, pending, rejected, rejectedBy } = result.ledger;
        const isOdd = ({ shown, delay, label }: Event): boolean => {
          const isKnown = delay !== null && shown !== null;
          if (shown === null || shown < 0 || (delay ?? 0) < 0) return true;
          // A label that is not known yet may be missing.
          return isKnown ? !Number.isFinite(label ?? Number.NaN) : label === Number.POSITIVE_INFINITY;
        };
        const good = list.filter((event) => !isOdd(event));
        const known = good.filter(({ delay }) => delay !== null).length;
        expect({ read, predicted, scored, pending, rejected }).toEqual({
          read: list.length,
          predicted: good.length,
          scored: known,
          pending: good.length - known,
          rejected: list.length - good.length,
        });
        expect(learned).toBe(frozen ? 0 : known);
        expect(Object.values(rejectedBy).reduce((sum, count) => sum + count, 0)).toBe(rejected);
        expect(result.overall.rows).toBe(scored);
        expect(result.windows.reduce((sum, { rows }) => sum + rows, 0)).toBe(scored);
        for (const part of ["rejected", "pending", "learned"] as const) sums[part] += result.ledger[part];
      }),
      { numRuns: 200 },
    );
    for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(50);
  });

  it("keeps rows pending whose label is not known by the end, whatever the rule makes of them", async () => {
    const list: Event[] = [
      { shown: 0, delay: 1, label: 1 },
      { shown: 1, delay: null, label: null },
      { shown: 2, delay: null, label: 1 },
      { shown: 3, delay: 1, label: 0 },
    ];
    const yaml = YAML.replace("link: squared", "link: logistic").replace("label: y", "label: y == 1");
    const { result, lastLearnedMicros } = await replayed(list, {}, yaml);
    expect(result.ledger).toMatchObject({ predicted: 4, scored: 2, learned: 2, pending: 2, rejected: 0 });
    expect(lastLearnedMicros).toBe(at(4));
    const frozen = await replayed(list, { frozen: true }, yaml);
    expect(frozen.result.ledger).toMatchObject({ predicted: 4, scored: 2, learned: 0, pending: 2 });
    expect(frozen.lastLearnedMicros).toBeUndefined();
    expect(frozen.model.tensors.get("bias/weight")?.values()).toEqual(Float64Array.of(0));
  });

  it("holds no row in no window: a log without any known label has metrics that are refused", async () => {
    const { result } = await replayed([{ shown: 5, delay: null, label: null }]);
    expect(result.overall.metrics.rootMeanSquaredError).toMatchObject({ refused: "no-rows" });
    expect(result.windows).toEqual([]);
    expect(result.ledger).toMatchObject({ predicted: 1, scored: 0, learned: 0, pending: 1 });
  });
});

describe("a ledger", () => {
  const good = {
    read: 10,
    predicted: 9,
    scored: 7,
    learned: 5,
    held: 2,
    pending: 2,
    rejected: 1,
    rejectedBy: {},
  };

  it.each(["read", "predicted", "scored", "learned", "held", "pending", "rejected"] as const)(
    "whose %s is one off fails the run: exit 3",
    (part) => {
      checkLedger(good);
      for (const by of [-1, 1]) {
        const wrong = { ...good, [part]: good[part] + by };
        expect(() => checkLedger(wrong)).toThrow(/predicted = scored \+ pending/);
      }
    },
  );
});
