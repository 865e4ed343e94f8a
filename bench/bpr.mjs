/**
 * `node bench/bpr.mjs [EVENTS]`: matrix factorisation by BPR from memory, d = 32, one negative an event, users and items
 * with long tails: events (user, item taken, negative) a second of one process's CPU time, best of several runs, as a
 * Markdown table, for the kernel and for the plain terms; and what drawing the negatives takes beside it.
 */

import { seededRandom } from "../dist/core/random.js";
import { loadKernels } from "../dist/io/kernels.js";
import { createLearner } from "../dist/model/create-learner.js";
import { emptyState } from "../dist/model/load.js";
import { NegativeSampler } from "../dist/model/negatives/negative-sampler.js";

const EVENTS = Number(process.argv[2] ?? 2_000_000);
const USERS = 200_000;
const ITEMS = 50_000;
const WIDTH = 32;
const RUNS = 5;
const kernels = loadKernels();
const optimizers = {
  "SGD, l2": { kind: "sgd", rate: 0.05, l2: 1e-4 },
  Adagrad: {
    ...{ kind: "adagrad", rate: 0.05, initialAccumulator: 0.1, epsilon: 1e-10 },
    ...{ epsilonPlacement: "outside", l2: 0 },
  },
};

const taken = drawEvents();
const lines = [...drawing(), ...learning()];
console.log(
  `${count(EVENTS)} events, ${count(USERS)} users, ${count(ITEMS)} items, d = ${WIDTH}; calibration loop ${calibration().toFixed(2)} s\n`,
);
console.log("| what | events/s | CPU s per 1M |");
console.log("|---|---:|---:|");
for (const [what, seconds, events] of lines)
  console.log(
    `| ${what} | ${count(Math.round(events / seconds))} | ${((seconds / events) * 1e6).toFixed(3)} |`,
  );

/** Users and items with the tails that bench/log gives them, r ^ -0.9 and r ^ -1 by rank; shuffled over the tables. */
function drawEvents() {
  const random = seededRandom(1);
  const shuffled = (size) => {
    const order = Int32Array.from({ length: size }, (_, at) => at);
    for (let at = size - 1; at > 0; at--) {
      const other = Math.floor(random.uniform() * (at + 1));
      [order[at], order[other]] = [order[other], order[at]];
    }
    return order;
  };
  const [users, items] = [shuffled(USERS), shuffled(ITEMS)];
  const tail = (order, exponent) => order[rank(order.length, exponent, random.uniform())];
  return {
    user: Int32Array.from({ length: EVENTS }, () => tail(users, 0.9)),
    item: Int32Array.from({ length: EVENTS }, () => tail(items, 1)),
  };
}

/** Rank r comes with a share of about r ^ -exponent. @param share uniform in [0, 1). */
function rank(count, exponent, share) {
  if (exponent === 1) return Math.floor(count ** share) - 1;
  return Math.floor(((count ** (1 - exponent) - 1) * share + 1) ** (1 / (1 - exponent))) - 1;
}

function drawing() {
  return ["uniform", "popularity"].map((sampling) => {
    const sampler = new NegativeSampler({ perPositive: 1, sampling, itemFeatures: ["item"] }, 1);
    const seconds = cpu(() => {
      for (let event = 0; event < EVENTS; event++) {
        sampler.take(taken.user[event], taken.item[event]);
        sampler.draw(taken.user[event], taken.item[event]);
        sampler.know(taken.item[event]);
      }
    });
    return [`drawing, ${sampling}`, seconds, EVENTS];
  });
}

function learning() {
  const lines = [];
  for (const [name, optimizer] of Object.entries(optimizers)) {
    for (const weights of [false, true]) {
      for (const [kernel, events] of [
        [kernels, EVENTS],
        [undefined, Math.min(EVENTS, 200_000)],
      ]) {
        const batch = batchOf(events);
        const learner = createLearner(stateOf(optimizer, weights), kernel);
        const bound = learner.over(batch);
        let best = Number.POSITIVE_INFINITY;
        for (let run = 0; run < RUNS; run++)
          best = Math.min(
            best,
            cpu(() => bound.learn(0, batch.rows)),
          );
        const model = weights ? "vectors and item weights" : "vectors";
        lines.push([`${name}, ${model}, ${learner.kernel}`, best, events]);
      }
    }
  }
  return lines;
}

/** Each event's row, and that of a negative drawn alike from all items, behind it. */
function batchOf(events) {
  const random = seededRandom(2);
  const rows = 2 * events;
  const at = (values) => Int32Array.from({ length: rows }, (_, row) => values(row >> 1, row & 1));
  const zeros = new Float64Array(rows);
  const features = new Map([
    ["user", at((event) => taken.user[event])],
    ["item", at((event, drawn) => (drawn ? Math.floor(random.uniform() * ITEMS) : taken.item[event]))],
  ]);
  return {
    ...{ rows, shownAtMicros: zeros, knownAtMicros: zeros, label: zeros },
    identities: new Map(),
    features: new Map([...features].map(([name, codes]) => [name, { kind: "rows", codes, newIds: [] }])),
    offsets: new Map(),
    drawn: { event: at((event) => event), logProbability: zeros },
  };
}

function stateOf(optimizer, weights) {
  const feature = (name, size) => ({
    ...{ name, column: name },
    encoder: { kind: "identity", size, outOfRange: "reject" },
  });
  const spec = {
    family: "bench",
    features: [feature("user", USERS), feature("item", ITEMS)],
    terms: [
      { kind: "dot", name: "dot", left: "user", right: "item", width: WIDTH },
      ...(weights ? [{ kind: "linear", name: "linear", features: ["item"] }] : []),
    ],
    learner: {
      link: "bpr",
      negatives: { perPositive: 1, sampling: "uniform", itemFeatures: ["item"] },
      optimizers: { dot: optimizer, ...(weights ? { linear: optimizer } : {}) },
      ...{ batchSize: 1, precision: "float32", seed: 1 },
    },
    newRows: { "dot/user": { noise: 0.1 }, "dot/item": { noise: 0.1 } },
  };
  return emptyState({ spec, vocabularies: new Map(), tensors: new Map() }, new Map());
}

function cpu(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** A fixed loop, so that machines can be compared. */
function calibration() {
  return cpu(() => {
    let sum = 0;
    for (let at = 0; at < 2e8; at++) sum += Math.sqrt(at) * 1e-9;
    if (sum < 0) throw new Error("no sum of roots is negative");
  });
}

function count(value) {
  return value.toLocaleString("en-US");
}
