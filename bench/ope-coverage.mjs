// True coverage of the off-policy intervals at a nominal 95 %: logs whose truth is known, seeded, so many repeats.
// Prints the table of docs/ope.md. Run after `npm run build`.
import { seededRandom } from "../dist/core/random.js";
import { dr } from "../dist/measure/ope/dr.js";
import { standardError } from "../dist/measure/ope/estimation.js";
import { gaussian } from "../dist/measure/ope/intervals/gaussian.js";
import { ips } from "../dist/measure/ope/ips.js";
import { defaultLimits } from "../dist/measure/ope/limits.js";
import {
  clippedIntervals,
  ipsIntervals,
  sndrIntervals,
  snipsIntervals,
} from "../dist/measure/ope/named-intervals.js";
import { sndr } from "../dist/measure/ope/sndr.js";
import { snips } from "../dist/measure/ope/snips.js";
import { weightDiagnostics } from "../dist/measure/ope/weight-diagnostics.js";
import { supportRefusals } from "../dist/measure/ope/weight-refusals.js";

const REPEATS = Number(process.argv[2] ?? 1000);
const CLIP = 10;
const settings = { confidence: 0.95, rewards: { least: 0, most: 1 } };

const skewed = {
  logging: [0.4, 0.25, 0.15, 0.1, 0.05, 0.02, 0.01, 0.01, 0.005, 0.005],
  target: [0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2],
  rates: [1, 1, 1, 2, 2, 2, 3, 3, 4, 5].map((percent) => percent / 100),
};

/** Ten items; logged and target probabilities, and click rates. */
const worlds = {
  "uniform log, 5 to 50 % clicks, n = 1,000": {
    n: 1000,
    logging: Array(10).fill(0.1),
    target: [0.02, 0.02, 0.02, 0.04, 0.05, 0.05, 0.1, 0.2, 0.2, 0.3],
    rates: [5, 10, 15, 20, 25, 30, 35, 40, 45, 50].map((percent) => percent / 100),
  },
  "skewed log, weights to 40, 1 to 5 % clicks, n = 10,000": { n: 10_000, ...skewed },
  "the same, n = 30,000": { n: 30_000, ...skewed },
  "uniform log, one item for certain, .5 % clicks, n = 10,000": {
    n: 10_000,
    logging: Array(10).fill(0.1),
    target: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    rates: Array(10).fill(0.005),
  },
};

/** @param {{ n: number, logging: number[], target: number[], rates: number[] }} world */
function draw({ n, logging, target, rates }, random) {
  const value = target.reduce((sum, probability, item) => sum + probability * (rates[item] ?? 0), 0);
  const rows = {
    rewards: new Float64Array(n),
    weights: new Float64Array(n),
    // A reward model that knows the rates up to a fifth too much.
    predictedRewards: new Float64Array(n),
    expectedRewards: new Float64Array(n).fill(1.2 * value),
  };
  for (let row = 0; row < n; row++) {
    let item = 0;
    for (let left = random.uniform(); item < 9; item++) {
      left -= logging[item] ?? 0;
      if (left < 0) break;
    }
    rows.rewards[row] = random.uniform() < (rates[item] ?? 0) ? 1 : 0;
    rows.weights[row] = (target[item] ?? 0) / (logging[item] ?? 1);
    rows.predictedRewards[row] = 1.2 * (rates[item] ?? 0);
  }
  return { rows, value };
}

function intervalsOf(rows, leastPropensity) {
  const plain = (figure) => gaussian(figure.value, standardError(figure), 1 - settings.confidence);
  const ratio = snips(rows);
  const doubly = sndr(rows);
  const named = (estimator, list) => list.map((one) => [`${estimator}, ${one.method}`, one]);
  if ("refused" in ratio || "refused" in doubly) return [];
  return [
    ["ips, gaussian", plain(ips(rows))],
    ...named("ips", ipsIntervals(rows, { ...settings, leastPropensity })),
    ...named("ips-clipped", clippedIntervals(rows, CLIP, { ...settings, leastPropensity })),
    ["snips, delta method", plain(ratio)],
    ...named("snips", snipsIntervals(rows, ratio.value, settings)),
    ["dr, gaussian", plain(dr(rows))],
    ["sndr, delta method", plain(doubly)],
    ...named("sndr", sndrIntervals(rows, doubly.value, settings)),
  ];
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
for (const [title, world] of Object.entries(worlds)) {
  const random = seededRandom(20240501);
  /** @type {Map<string, { all: number, kept: number, width: number }>} */
  const held = new Map();
  let kept = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const { rows, value } = draw(world, random);
    const stands = supportRefusals(weightDiagnostics(rows), defaultLimits).length === 0;
    if (stands) kept += 1;
    for (const [name, { low, high }] of intervalsOf(rows, Math.min(...world.logging))) {
      const count = held.get(name) ?? { all: 0, kept: 0, width: 0 };
      const covers = low <= value && value <= high ? 1 : 0;
      held.set(name, {
        all: count.all + covers,
        kept: count.kept + (stands ? covers : 0),
        width: count.width + (high - low) / value / REPEATS,
      });
    }
  }
  console.log(`\n${title}: ${REPEATS} repeats, ${percent(1 - kept / REPEATS)} refused\n`);
  console.log("| interval | coverage | where not refused | mean width / truth |\n|---|---|---|---|");
  for (const [name, { all, kept: ofKept, width }] of held) {
    const unrefused = kept < REPEATS / 20 ? "" : percent(ofKept / kept);
    console.log(`| ${name} | ${percent(all / REPEATS)} | ${unrefused} | ${width.toFixed(2)} |`);
  }
}
