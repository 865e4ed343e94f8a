/**
 * `node bench/kernels.mjs [ROWS]`: rows a second that the learners score and learn from memory, one by one, as a Markdown
 * table: 13 categorical features with long tails, hashed into 2^22 rows of state, 5 dense ones, 20 % positives. FM has
 * vectors of the categorical ones, and weights of all; one line has vectors of all. CPU time of this process, the best of
 * RUNS. A fixed loop's time stands beside, so that machines can be compared.
 */
import { seededRandom } from "../dist/core/random.js";
import { loadKernels } from "../dist/io/kernels.js";
import { newModel } from "../dist/model/create.js";
import { createLearner } from "../dist/model/create-learner.js";
import { loadState } from "../dist/model/load.js";

const rows = Number(process.argv[2] ?? 500_000);
const only = process.argv[3] ?? "";
const RUNS = 3;
/** Distinct ids and tail of the categorical features, as bench/log has them. */
const IDS = [
  ...[
    [200_000, 0.9],
    [50_000, 1],
    [20_000, 0.5],
    [400, 0.8],
    [3, 0],
    [60, 0.6],
    [5000, 0.7],
  ],
  ...[
    [8, 0],
    [12, 0.7],
    [2000, 0.9],
    [300, 0.9],
    [24, 0],
    [7, 0],
  ],
];
const CATEGORICAL = IDS.length;
const DENSE = 5;
const TABLE_ROWS = Math.floor(2 ** 22 / CATEGORICAL);
/** Vectors are 8 times as wide: 2^20 rows of them. */
const VECTOR_ROWS = Math.floor(2 ** 20 / CATEGORICAL);

const adagrad = {
  kind: "adagrad",
  ...{ rate: 0.05, initialAccumulator: 0.1, epsilon: 1e-7, epsilonPlacement: "outside", l2: 0 },
};
const ftrl = { kind: "ftrl", rate: 0.1, beta: 1, l1: 0, l2: 0, initialAccumulator: 0 };
const names = (kind, count) => Array.from({ length: count }, (_, index) => `${kind}${index}`);
const features = [...names("c", CATEGORICAL), ...names("d", DENSE)];
const bias = { kind: "bias", name: "bias" };
const linear = { kind: "linear", name: "linear", features };
const fmOf = (over) => ({ kind: "factorisation", name: "fm", features: over, width: 8 });
const fm = fmOf(names("c", CATEGORICAL));
const mf = { kind: "dot", name: "dot", left: "c0", right: "c1", width: 32 };

const LEARNERS = [
  ["LR, Adagrad", [bias, linear], adagrad, TABLE_ROWS],
  ["LR, FTRL", [bias, linear], ftrl, TABLE_ROWS],
  ["FM k=8, Adagrad", [bias, linear, fm], adagrad, VECTOR_ROWS],
  ["FM k=8, FTRL", [bias, linear, fm], ftrl, VECTOR_ROWS],
  ["FM k=8 of all 18, Adagrad", [bias, linear, fmOf(features)], adagrad, VECTOR_ROWS],
  [
    "MF k=32, SGD",
    [bias, { ...linear, features: ["c0", "c1"] }, mf],
    { kind: "sgd", rate: 0.05, l2: 0.002 },
    VECTOR_ROWS,
  ],
].filter(([name]) => name.includes(only));

const kernels = loadKernels();
console.log(
  `A fixed loop of 2^27 multiplications and additions takes ${(calibration() * 1e3).toFixed(0)} ms here.\n`,
);
console.log("| learner | state | rows/s, score and learn | rows/s, score | kernel |");
console.log("|---|---|---:|---:|---|");
for (const [name, terms, optimizer, size] of LEARNERS) {
  const batch = draw(size);
  for (const precision of ["float32", "float64"]) {
    for (const chosen of process.argv[4] === "plain" ? [kernels, undefined] : [kernels]) {
      const { kernel, learn, score } = measure(terms, optimizer, size, precision, chosen, batch);
      console.log(`| ${name} | ${precision} | ${millions(learn)} | ${millions(score)} | ${kernel} |`);
    }
  }
}

function measure(terms, optimizer, size, precision, chosen, batch) {
  const learner = createLearner(stateOf(terms, optimizer, size, precision), chosen);
  const bound = learner.over(batch);
  const scores = new Float64Array(rows);
  // Compiled code comes after the first calls.
  bound.scoreThenLearn(0, Math.min(rows, 50_000), scores);
  const best = (run) => Math.min(...Array.from({ length: RUNS }, () => cpuSeconds(run)));
  const learn = rows / best(() => bound.scoreThenLearn(0, rows, scores));
  const score = rows / best(() => bound.score(0, rows, scores));
  return { kernel: learner.kernel, learn, score };
}

function stateOf(terms, optimizer, size, precision) {
  const encoder = (name) =>
    name.startsWith("c")
      ? { kind: "identity", size, outOfRange: "reject" }
      : { kind: "dense", mean: 0, scale: 1, transform: "none", truncate: false, precision: "float64" };
  const spec = {
    family: "bench",
    features: features.map((name) => ({ name, column: name, encoder: encoder(name) })),
    terms,
    learner: {
      link: "logistic",
      optimizers: Object.fromEntries(terms.map(({ name }) => [name, optimizer])),
      ...{ batchSize: 1, precision, seed: 1 },
    },
    newRows: Object.fromEntries(
      terms.flatMap(({ name, width, features = ["c0", "c1"] }) =>
        width === undefined ? [] : features.map((feature) => [`${name}/${feature}`, { noise: 0.05 }]),
      ),
    ),
  };
  return loadState(newModel(spec), new Map());
}

/** Ids of each feature are drawn by rank ^ -tail, and lie in its table as hashes do. */
function draw(size) {
  const random = seededRandom(7);
  const codes = ([ids, tail]) => {
    const rank = () => {
      const share = random.uniform();
      if (tail === 1) return Math.floor(ids ** share);
      return Math.floor(((ids ** (1 - tail) - 1) * share + 1) ** (1 / (1 - tail)));
    };
    return Int32Array.from({ length: rows }, () => (rank() * 1_000_003) % size);
  };
  const columns = features.map((name) =>
    name.startsWith("c")
      ? [name, { kind: "rows", codes: codes(IDS[Number(name.slice(1))]), newIds: [] }]
      : [name, { kind: "values", values: Float64Array.from({ length: rows }, () => random.normal()) }],
  );
  const micros = Float64Array.from({ length: rows }, (_, row) => row);
  return {
    ...{ rows, shownAtMicros: micros, knownAtMicros: micros, identities: new Map(), offsets: new Map() },
    label: Float64Array.from({ length: rows }, () => Number(random.uniform() < 0.2)),
    features: new Map(columns),
  };
}

function calibration() {
  const loop = () => {
    let sum = 0;
    for (let index = 0; index < 2 ** 27; index++) sum = sum * 0.999 + index;
    return sum;
  };
  return Math.min(...Array.from({ length: RUNS }, () => cpuSeconds(loop)));
}

function cpuSeconds(run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function millions(rowsPerSecond) {
  return `${(rowsPerSecond / 1e6).toFixed(2)}M`;
}
