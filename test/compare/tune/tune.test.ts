import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TuneOptions, type Tuning, tunePolicies } from "../../../src/compare/tune/tune.js";
import { parseConfig } from "../../../src/config/load.js";
import { modelSpecOf } from "../../../src/config/model-spec.js";
import { silent } from "../../../src/core/progress.js";
import { DAY_MICROS, HOUR_MICROS } from "../../../src/core/time.js";
import { loadKernels } from "../../../src/io/kernels.js";
import { openLog } from "../../../src/io/log-source.js";
import { newModel } from "../../../src/model/create.js";
import { readEvents } from "../../../src/replay/events.js";
import { type SmallEvent, writeLog, YAML } from "../../properties/small-log.js";
import { temporaryFolder } from "../../support/cli.js";

const work = temporaryFolder();
let logs = 0;

/** Five days before the test and two after its begin; a label is known 1 or 20 hours later. */
const DAYS = 5;
const TEST_SECONDS = DAYS * 86_400;
const yaml = YAML.replace("pretrain: 2d", `pretrain: ${DAYS}d\n  slice: 12h`);
const events: SmallEvent[] = Array.from({ length: 420 }, (_, id) => ({
  ...{ id, at: id * 1440, user: `u${(id * 5) % 9}`, item: `i${id % 7}` },
  ...{ price: (id % 5) / 4, clicked: (id * 7) % 5 < (id % 7 < 3 ? 3 : 1) ? 1 : 0 },
}));
const known = (event: SmallEvent): number => event.at + (event.clicked === 1 ? 3600 : 72_000);

async function tuned(
  rows: readonly SmallEvent[],
  text = yaml,
  options: Partial<TuneOptions> = {},
): Promise<Tuning> {
  const config = parseConfig(text, "unbatch.yaml");
  const spec = modelSpecOf(config);
  const log = await readEvents(await openLog([writeLog(join(work, `log-${logs++}`), [rows], 100)]), {
    ...{ log: config.log, spec, vocabularies: new Map(), labels: "required", maxRows: 1e6, progress: silent },
  });
  const { compare } = config;
  if (compare === undefined) throw new Error("no compare");
  return tunePolicies(log, {
    ...{ compare, model: newModel(spec), known: config.log.known, budget: 5, progress: silent },
    policies: compare.policies.filter(({ kind }) => kind !== "frozen"),
    checkpoint: { kind: "pretrained", pretrainMicros: compare.pretrain ?? 0 },
    cpuSeconds: () => 0,
    ...options,
  });
}

/** All that was found, as text: equal means equal to the bit. */
function found({ rows: { events, ...times }, ...tuning }: Tuning): string {
  return JSON.stringify({ rows: events.rows, times, ...tuning }, (_, value: unknown) =>
    value instanceof Float64Array ? [...value] : value,
  );
}

describe("rows at or after the cut-off", () => {
  it("are never looked at: whatever they and later labels are, the same is found", async () => {
    const expected = found(await tuned(events));
    const late = events.filter(({ at }) => at >= TEST_SECONDS);
    const open = events.filter((event) => event.at < TEST_SECONDS && event.at + 72_000 >= TEST_SECONDS);
    expect([late.length, open.length]).toEqual([120, 50]);
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            clicked: fc.constantFrom(0, 1),
            user: fc.string(),
            price: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
          {
            minLength: late.length,
            maxLength: late.length,
          },
        ),
        fc.boolean(),
        async (others, isShort) => {
          const rows = events.flatMap((event) => {
            if (event.at < TEST_SECONDS) return [event];
            return isShort && event.at > TEST_SECONDS + 3600 ? [] : [{ ...event, ...others[event.id - 300] }];
          });
          changed += rows.filter((row, index) => row !== events[index]).length;
          expect(found(await tuned(rows))).toBe(expected);
        },
      ),
      { numRuns: 4 },
    );
    expect(changed).toBeGreaterThan(10);
  });

  it("nor are rows whose label may be known after it; a row before is", async () => {
    const expected = found(await tuned(events));
    const flipped = (index: number): SmallEvent[] =>
      events.map((event) => (event.id === index ? { ...event, clicked: 1 - event.clicked } : event));
    const last = events.findLast((event) => event.at + 72_000 < TEST_SECONDS)?.id ?? 0;
    expect(found(await tuned(flipped(last + 1)))).toBe(expected);
    expect(known(events[last + 1] ?? ({} as SmallEvent))).toBeLessThan(TEST_SECONDS);
    expect(found(await tuned(flipped(last)))).not.toBe(expected);
  });
});

describe("a tuning", () => {
  it("gives each policy the same budget, and is the same with a kernel and again", async () => {
    const linear = yaml.replace(/ {4}- \{ kind: (dot|deep).*\n/g, "");
    const tuning = await tuned(events, linear);
    expect(tuning.policies.map(({ name }) => name)).toEqual(["all_history", "warm", "window", "online"]);
    for (const { tried } of [
      ...tuning.policies,
      ...(tuning.checkpoint === undefined ? [] : [tuning.checkpoint]),
    ])
      expect(tried.length).toBe(5);
    expect(found(await tuned(events, linear))).toBe(found(tuning));
    const kernel = await tuned(events, linear, { kernels: loadKernels() });
    expect(kernel.kernel).not.toBe(tuning.kernel);
    expect(found({ ...kernel, kernel: tuning.kernel })).toBe(found(tuning));
  });

  it("scores half of what is there, or what it is told, from a slice's beginning on", async () => {
    const day = Date.UTC(2024, 0, 1) * 1000;
    const end = day + DAYS * DAY_MICROS - 20 * HOUR_MICROS;
    const { rows } = await tuned(events);
    expect([rows.startMicros, rows.endMicros]).toEqual([day + 2 * DAY_MICROS, end]);
    const told = await tuned(events, yaml, { scoredMicros: DAY_MICROS });
    expect(told.rows.startMicros).toBe(day + 3 * DAY_MICROS);
    expect(told.rowsScored).toBe(told.rows.events.rows - 180);
    await expect(tuned(events, yaml, { scoredMicros: 5 * DAY_MICROS })).rejects.toThrow("too few slices");
    await expect(tuned(events.slice(0, 20))).rejects.toThrow("too few slices");
    const short = await tuned(events.slice(0, 180));
    expect([short.rows.startMicros, short.rowsScored]).toEqual([day + 1.5 * DAY_MICROS, 90]);
  });

  it("finds a rate that is far off, and a rate that diverges loses", async () => {
    const far = await tuned(events, yaml.replace("rate: 0.2", "rate: 0.0001"), { budget: 12 });
    expect(far.checkpoint?.chosen.settings.octaves).toBeGreaterThan(4);
    const squared = yaml
      .replace("  terms:\n    - { kind: bias }", "  link: squared\n  terms:\n    - { kind: bias }")
      .replace("{ kind: adagrad, rate: 0.2, initialAccumulator: 0.1 }", "{ kind: sgd, rate: 0.3 }");
    const { checkpoint } = await tuned(events, squared, { budget: 12 });
    const times4 = checkpoint?.tried.find(({ settings }) => settings.octaves === 2);
    expect(times4).toMatchObject({
      loss: Number.POSITIVE_INFINITY,
      outcome: { diverged: expect.any(String) },
    });
    expect(checkpoint?.chosen.loss).toBeLessThan(1);
    await expect(tuned(events, squared.replace("rate: 0.3", "rate: 1e9"), { budget: 3 })).rejects.toThrow(
      "each of 3 settings diverged",
    );
  });
});
