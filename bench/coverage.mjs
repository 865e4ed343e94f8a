// How often each interval holds a truth that is known: Markdown for docs/intervals.md. Seeded, no clock.
// Exits 1 where the t interval leaves its limits. npm run build && node bench/coverage.mjs
import { seededRandom } from "../dist/core/random.js";
import { againstBaseline } from "../dist/measure/interval/against-baseline.js";
import { confidenceSequence } from "../dist/measure/interval/confidence-sequence.js";
import { fixedBInterval } from "../dist/measure/interval/fixed-b-hac.js";
import { groupedTInterval } from "../dist/measure/interval/grouped-t.js";
import { movingBlockBootstrap } from "../dist/measure/interval/moving-block-bootstrap.js";
import { ratioOfMeans } from "../dist/measure/interval/ratio-of-means.js";

const SEED = 20240501;
const RUNS = 10_000;
const BOOTSTRAP_RUNS = 2000;
const REPEATS = 1000;
const NOMINAL = 0.95;

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {string[]} header @param {string[][]} rows */
function printTable(header, rows) {
  console.log(
    [header, header.map((_, at) => (at === 0 ? "---" : "---:")), ...rows]
      .map((row) => `| ${row.join(" | ")} |`)
      .join("\n"),
  );
  console.log();
}

/** Differences of mean `mean`: stationary AR(1) of unit innovations. @param {import("../dist/core/random.js").Random} random */
function autoregressive(random, slices, phi, mean = 0) {
  const values = new Float64Array(slices);
  let state = random.normal() / Math.sqrt(1 - phi * phi);
  for (let at = 0; at < slices; at++) {
    if (at > 0) state = phi * state + random.normal();
    values[at] = mean + state;
  }
  return values;
}

/** Rows of a day: a weekly cycle, growth, and noise that has nothing to do with the differences. */
function unevenWeights(random, slices) {
  return new Float64Array(slices).map((_, day) =>
    Math.round(1000 * (day % 7 < 5 ? 1 : 2.5) * (1 + day / slices) * Math.exp(0.3 * random.normal())),
  );
}

/** @param {any} figure */
function holds(figure, truth) {
  if ("refused" in figure) throw new Error(`${figure.refused}: ${figure.reason}`);
  return figure.interval.low <= truth && truth <= figure.interval.high;
}

function pairsOf(random, slices, phi, uneven, mean = 0) {
  const weights = uneven ? unevenWeights(random, slices) : new Float64Array(slices).fill(1000);
  return {
    rows: weights.reduce((sum, w) => sum + w, 0),
    differences: autoregressive(random, slices, phi, mean),
    weights,
  };
}

/** The shares of runs in which t and fixed-b left the truth out, of all runs, and the bootstrap, of its own. */
function missedBy(slices, phi, uneven) {
  const random = seededRandom(SEED + slices);
  const missed = [0, 0, 0];
  for (let run = 0; run < RUNS; run++) {
    const pairs = pairsOf(random, slices, phi, uneven);
    if (!holds(groupedTInterval(pairs), 0)) missed[0] += 1;
    if (!holds(fixedBInterval(pairs), 0)) missed[1] += 1;
    if (run < BOOTSTRAP_RUNS && !holds(movingBlockBootstrap(pairs, { seed: run, runs: 400 }), 0))
      missed[2] += 1;
  }
  return missed.map((count, at) => count / (at === 2 ? BOOTSTRAP_RUNS : RUNS));
}

/** Returns whether t kept to its limits: 9 % at 30 slices, 7.5 % from 56, where φ is .3. */
function falseDifferences() {
  const rows = [];
  let within = true;
  for (const [slices, phi, uneven] of [
    ...[28, 30, 42, 56, 84, 126, 182].map((n) => [n, 0.3, false]),
    ...[30, 56, 126].map((n) => [n, 0.3, true]),
    ...[30, 56, 126].map((n) => [n, 0, false]),
    ...[30, 56, 126].map((n) => [n, 0.6, false]),
  ]) {
    const missed = missedBy(slices, phi, uneven);
    if (phi === 0.3 && (missed[0] ?? 1) > (slices < 56 ? 0.09 : 0.075)) within = false;
    rows.push([`${slices}, ${phi}${uneven ? ", uneven rows" : ""}`, ...missed.map(percent)]);
  }
  console.log(
    `### The difference of two policies: false "different" at a nominal 5 % (${RUNS} runs; bootstrap ${BOOTSTRAP_RUNS})\n`,
  );
  printTable(["slices, φ", "t over groups", "fixed-b HAC", "moving-block bootstrap"], rows);
  return within;
}

function familyWise() {
  const rows = [];
  for (const policies of [1, 4, 8]) {
    const random = seededRandom(SEED + policies);
    let any = 0;
    let found = 0;
    for (let run = 0; run < REPEATS; run++) {
      const baseline = autoregressive(random, 84, 0.3);
      const judge = (mean) =>
        againstBaseline(
          Array.from({ length: policies }, (_, at) => {
            const own = autoregressive(random, 84, 0.3, at === 0 ? mean : 0);
            const differences = own.map((value, slice) => value - (baseline[slice] ?? 0));
            return {
              policy: `${at}`,
              pairs: { rows: 84, differences, weights: new Float64Array(84).fill(1) },
            };
          }),
          { better: "lower" },
        );
      if (judge(0).some(({ verdict }) => verdict !== "not told apart")) any += 1;
      if (judge(-1)[0]?.verdict === "better") found += 1;
    }
    rows.push([`${policies}`, percent(any / REPEATS), percent(found / REPEATS)]);
  }
  console.log(
    `### Several policies against one baseline (84 slices, φ = .3, all share the baseline), ${REPEATS} repeats\n`,
  );
  printTable(["policies", "any false verdict (nominal 5 %)", "a true difference of 1 found"], rows);
}

function sequences() {
  const rows = [];
  for (const phi of [0, 0.3, 0.6]) {
    const random = seededRandom(SEED + 10 * phi);
    let everMissed = 0;
    let lastWidth = 0;
    let repeatedMissed = 0;
    for (let run = 0; run < REPEATS; run++) {
      const { differences, weights } = pairsOf(random, 364, phi, false);
      let missed = false;
      let repeated = false;
      for (let night = 28; night <= 364; night += 7) {
        const pairs = {
          rows: night,
          differences: differences.subarray(0, night),
          weights: weights.subarray(0, night),
        };
        const figure = confidenceSequence(pairs);
        if (!holds(figure, 0)) missed = true;
        if (!holds(groupedTInterval(pairs), 0)) repeated = true;
        if (night === 364) {
          const one = groupedTInterval(pairs);
          lastWidth +=
            (figure.interval.high - figure.interval.low) / (one.interval.high - one.interval.low) / REPEATS;
        }
      }
      if (missed) everMissed += 1;
      if (repeated) repeatedMissed += 1;
    }
    rows.push([
      `${phi}`,
      percent(1 - everMissed / REPEATS),
      percent(1 - repeatedMissed / REPEATS),
      lastWidth.toFixed(2),
    ]);
  }
  console.log(
    `### Looked at after every week from 4 to 52: the truth held at every look, ${REPEATS} repeats, nominal ${percent(NOMINAL)}\n`,
  );
  printTable(
    ["φ", "confidence sequence", "t over groups, looked at each time", "width at the end, over t's"],
    rows,
  );
}

/** Clicks over impressions of users: each has a rate of their own and a heavy-tailed number of rows. */
function ratios() {
  const rows = [];
  for (const units of [30, 100, 1000, 10000]) {
    const row = [`${units}`];
    for (const tail of [0.5, 1.5]) {
      const random = seededRandom(SEED + units + 10 * tail);
      let held = 0;
      for (let run = 0; run < REPEATS; run++) {
        const impressions = new Float64Array(units);
        const clicks = new Float64Array(units);
        for (let unit = 0; unit < units; unit++) {
          const n = Math.ceil(5 * Math.exp(tail * random.normal()));
          // A user's rate is 5 % or 15 %: on average 10 %, whatever the user's rows.
          const rate = random.uniform() < 0.5 ? 0.05 : 0.15;
          impressions[unit] = n;
          for (let draw = 0; draw < n; draw++) if (random.uniform() < rate) clicks[unit] += 1;
        }
        if (holds(ratioOfMeans(clicks, impressions), 0.1)) held += 1;
      }
      row.push(percent(held / REPEATS));
    }
    rows.push(row);
  }
  console.log(
    `### Ratio over users (clicks / impressions), delta method: coverage, ${REPEATS} repeats, nominal ${percent(NOMINAL)}\n`,
  );
  printTable(["users", "rows a user: log-normal, σ = 0.5", "σ = 1.5 (few users carry most)"], rows);
}

if (!falseDifferences()) process.exitCode = 1;
familyWise();
sequences();
ratios();
