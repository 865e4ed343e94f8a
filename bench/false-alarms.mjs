// False alarms and delays of the drift detectors on seeded streams: Markdown for docs/drift.md. No clock.
// Exits 1 where ADWIN alarms at more of its tests than its δ. npm run build && node bench/false-alarms.mjs
import { seededRandom } from "../dist/core/random.js";
import { adwin } from "../dist/measure/drift/adwin.js";
import { kswin } from "../dist/measure/drift/kswin.js";
import { pageHinkley } from "../dist/measure/drift/page-hinkley.js";

const STREAMS = 20;
const EVENTS = 100_000;
const DRIFT_EVENTS = 40_000;
const CHANGE = 20_000;
const DAY = 5000;
const DELTA = 0.002;
const CLOCK = 32;

/** @typedef {import("../dist/core/random.js").Random} Random */
/** @typedef {{ update(value: number): boolean }} Watching */
/** @type {Record<string, (seed: number) => Watching>} */
const detectors = {
  "ADWIN, δ .002, MOA's": () => adwin({ delta: DELTA, clock: CLOCK }, "moa"),
  "ADWIN, δ .002, River's": () => adwin({ delta: DELTA, clock: CLOCK }, "river"),
  "Page-Hinkley, threshold 50": () => pageHinkley(),
  "Page-Hinkley, threshold 10": () => pageHinkley({ threshold: 10 }),
  "KSWIN, α .0001": (seed) => kswin({ alpha: 0.0001, seed }),
  "KSWIN, α .0001, all older values": () => kswin({ alpha: 0.0001 }, "all"),
  "KSWIN, α .005": (seed) => kswin({ alpha: 0.005, seed }),
};

/** A miss of 0 or 1 at a rate. @param {Random} random @param {number} rate */
const miss = (random, rate) => (random.uniform() < rate ? 1 : 0);

/** The Brier loss of a calibrated prediction, its logit normal about `centre`. @param {Random} random @param {number} centre */
function brier(random, centre) {
  const p = 1 / (1 + Math.exp(-(centre + random.normal())));
  return (p - miss(random, p)) ** 2;
}

/** Share of the way from before to after. @param {number} at @param {number} length events that the change takes */
const progress = (at, length) => Math.min(1, Math.max(0, (at - CHANGE) / Math.max(length, 1)));

/** @type {Record<string, (random: Random, at: number) => number>} */
const stationary = {
  "misses at a rate of .2": (random) => miss(random, 0.2),
  "Brier losses": (random) => brier(random, -2),
  "Brier losses, day and night": (random, at) => brier(random, -2 + 0.5 * Math.sin((2 * Math.PI * at) / DAY)),
};
/** @type {Record<string, (random: Random, at: number) => number>} */
const drifting = {
  "misses .2 to .3 at once": (random, at) => miss(random, 0.2 + 0.1 * progress(at + 1, 0)),
  "misses .2 to .22 at once": (random, at) => miss(random, 0.2 + 0.02 * progress(at + 1, 0)),
  "misses .2 to .3 over 10,000": (random, at) => miss(random, 0.2 + 0.1 * progress(at, 10_000)),
  "Brier losses, .12 to .15 at once": (random, at) => brier(random, -2 + 0.5 * progress(at + 1, 0)),
};

/** Indices of the alarms. */
function alarmsOf(make, stream, events, seed) {
  const random = seededRandom(seed);
  const detector = make(seed);
  const alarms = [];
  for (let at = 0; at < events; at++) if (detector.update(stream(random, at))) alarms.push(at);
  return alarms;
}

/** @param {string[]} header @param {string[][]} rows */
function printTable(header, rows) {
  const lines = [header, header.map((_, at) => (at === 0 ? "---" : "---:")), ...rows];
  console.log(`${lines.map((row) => `| ${row.join(" | ")} |`).join("\n")}\n`);
}

const seeds = Array.from({ length: STREAMS }, (_, seed) => 1000 + seed);
let withinDelta = true;
console.log(
  `### False alarms: alarms in ${EVENTS.toLocaleString("en-US")} events, mean of ${STREAMS} streams (least to most)\n`,
);
printTable(
  ["detector", ...Object.keys(stationary)],
  Object.entries(detectors).map(([name, make]) => [
    name,
    ...Object.entries(stationary).map(([kind, stream]) => {
      const counts = seeds.map((seed) => alarmsOf(make, stream, EVENTS, seed).length);
      const total = counts.reduce((sum, count) => sum + count, 0);
      const tests = (STREAMS * EVENTS) / CLOCK;
      const isStationary = !kind.includes("day and night");
      if (name.startsWith("ADWIN") && isStationary && total > DELTA * tests) withinDelta = false;
      return `${(total / STREAMS).toFixed(2)} (${Math.min(...counts)} to ${Math.max(...counts)})`;
    }),
  ]),
);
const allowed = (DELTA * EVENTS) / CLOCK;
console.log(
  `ADWIN tests at every ${CLOCK}nd event, so its δ allows ${allowed.toFixed(2)} alarms: ${withinDelta ? "kept" : "NOT KEPT"}.\n`,
);

console.log(
  `### Delay: median events from the change to the first alarm, of ${STREAMS} streams (streams without an alarm)\n`,
);
printTable(
  ["detector", ...Object.keys(drifting)],
  Object.entries(detectors).map(([name, make]) => [
    name,
    ...Object.values(drifting).map((stream) => {
      const delays = seeds
        .map((seed) => alarmsOf(make, stream, DRIFT_EVENTS, seed).find((at) => at >= CHANGE))
        .map((at) => (at === undefined ? Number.POSITIVE_INFINITY : at - CHANGE))
        .sort((a, b) => a - b);
      const median = ((delays[STREAMS / 2 - 1] ?? 0) + (delays[STREAMS / 2] ?? 0)) / 2;
      const without = delays.filter((delay) => delay === Number.POSITIVE_INFINITY).length;
      return `${Number.isFinite(median) ? Math.round(median).toLocaleString("en-US") : "-"} (${without})`;
    }),
  ]),
);
if (!withinDelta) process.exit(1);
