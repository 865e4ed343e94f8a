/**
 * `node bench/deep.mjs [ROWS]`: an embedding MLP 213-64-32-1 (13 embeddings of 16, 5 numbers) from memory: rows a second
 * trained in batches of 256, and scored before they are; rows a second scored, microseconds to score one row, as a
 * Markdown table; beside torch with the same model, batches and optimizer where Debian's python3-torch is installed.
 * Seconds are CPU seconds of the busiest thread, which are the clock's on a machine that does nothing else, and the
 * clock's own: the best of several passes of each.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { seededRandom } from "../dist/core/random.js";
import { loadKernels } from "../dist/io/kernels.js";
import { newModel } from "../dist/model/create.js";
import { createLearner } from "../dist/model/create-learner.js";
import { plainLearner } from "../dist/model/learner.js";
import { loadState } from "../dist/model/load.js";

const ROWS = Number(process.argv[2] ?? 65_536);
const BATCH = 256;
const WIDTH = 16;
const HIDDEN = [64, 32];
const BUCKETS = [200_000, 50_000, 20_000, 1000, 100, 1000, 10_000, 100, 100, 10_000, 1000, 24, 7];
const NUMBERS = 5;
/** Until a second thread has started, the first does all. */
const PASSES = 7;
const RATE = 0.05;

const categorical = BUCKETS.map((buckets, index) => ({ name: `c${index}`, buckets }));
const dense = Array.from({ length: NUMBERS }, (_, index) => `d${index}`);
const spec = modelSpec();
const batch = events();

const lines = [measure("plain terms", plainLearner, Math.min(ROWS, 8192), 1)];
for (const threads of [1, 2]) {
  const kernels = loadKernels({ threads });
  const name = `wasm-deep, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  lines.push(measure(name, (state) => createLearner(state, kernels), ROWS, PASSES));
}
lines.push(...torchLines());
console.log(
  "| learner | train rows/s | by the clock | score, then train | score rows/s | one row, µs | train, of torch |",
);
console.log("|---|---:|---:|---:|---:|---:|---:|");
const torch = Math.max(...lines.flatMap(({ name, train }) => (name.startsWith("torch") ? [train] : [])));
for (const line of lines) {
  const ratio = Number.isFinite(torch) ? (line.train / torch).toFixed(2) : "";
  const cells = [line.train, line.trainByClock, line.both, line.score].map((rate) =>
    rate === undefined ? "" : Math.round(rate).toLocaleString("en-US"),
  );
  console.log(`| ${[line.name, ...cells, line.oneRowMicros.toFixed(2), ratio].join(" | ")} |`);
}
if (!Number.isFinite(torch)) console.log("\npython3-torch is not installed: no lines of torch.");

function modelSpec() {
  const inputs = [
    ...categorical.map(({ name }) => ({ kind: "embedding", feature: name, width: WIDTH })),
    ...dense.map((feature) => ({ kind: "dense", feature })),
  ];
  const layers = [...HIDDEN, 1].map((units, index) => ({
    units,
    activation: index < HIDDEN.length ? "relu" : "linear",
  }));
  const widths = [categorical.length * WIDTH + NUMBERS, ...HIDDEN];
  const identity = ({ name, buckets }) => ({
    name,
    column: name,
    encoder: { kind: "identity", size: buckets, outOfRange: "reject" },
  });
  const number = (name) => ({
    name,
    column: name,
    encoder: {
      kind: "dense",
      mean: 0,
      scale: 1,
      transform: "none",
      truncate: false,
      precision: "float32",
    },
  });
  return {
    family: "bench",
    features: [...categorical.map(identity), ...dense.map(number)],
    terms: [{ kind: "deep", name: "deep", inputs, layers }],
    learner: {
      link: "logistic",
      optimizers: {
        deep: {
          kind: "adagrad",
          rate: RATE,
          initialAccumulator: 0.1,
          epsilon: 1e-10,
          epsilonPlacement: "outside",
          l2: 0,
        },
      },
      batchSize: BATCH,
      precision: "float32",
      seed: 1,
    },
    newRows: Object.fromEntries([
      ...categorical.map(({ name }) => [`deep/${name}`, { noise: 0.1 }]),
      ...widths.map((width, index) => [`deep/kernel_${index}`, { noise: Math.sqrt(2 / width) }]),
    ]),
  };
}

/** Ids with long tails (the cube of a uniform draw), numbers, and labels that depend on some of them. */
function events() {
  const random = seededRandom(7);
  const codes = BUCKETS.map(() => new Int32Array(ROWS));
  const values = dense.map(() => new Float64Array(ROWS));
  const label = new Float64Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    codes.forEach((column, index) => {
      column[row] = Math.floor(random.uniform() ** 3 * BUCKETS[index]);
    });
    for (const column of values) column[row] = random.normal();
    const score = ((codes[1][row] * 7919) % 5) - 2 + values[0][row] * ((codes[4][row] % 3) - 1);
    label[row] = random.uniform() < 1 / (1 + Math.exp(1 - score)) ? 1 : 0;
  }
  const times = Float64Array.from({ length: ROWS }, (_, row) => row);
  return {
    rows: ROWS,
    shownAtMicros: times,
    knownAtMicros: times,
    label,
    identities: new Map(),
    features: new Map([
      ...categorical.map(({ name }, index) => [name, { kind: "rows", codes: codes[index], newIds: [] }]),
      ...dense.map((name, index) => [name, { kind: "values", values: values[index] }]),
    ]),
    offsets: new Map(),
  };
}

function measure(name, create, rows, passes) {
  const learner = create(loadState(newModel(spec), new Map()));
  const bound = learner.over(batch);
  const scores = new Float64Array(ROWS);
  const one = Math.min(rows, 4096);
  const train = best(passes, () => bound.learn(0, rows));
  const both = best(passes, () => bound.scoreThenLearn(0, rows, scores));
  const score = best(passes, () => bound.score(0, rows, scores));
  const single = best(passes, () => {
    for (let row = 0; row < one; row++) bound.score(row, row + 1, scores);
  });
  return {
    name,
    train: rows / train.cpu,
    trainByClock: rows / train.clock,
    both: rows / both.cpu,
    score: rows / score.cpu,
    oneRowMicros: (single.cpu * 1e6) / one,
  };
}

/** Seconds. */
function best(passes, run) {
  let cpu = Number.POSITIVE_INFINITY;
  let clock = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < passes; pass++) {
    const before = threadSeconds();
    const started = process.hrtime.bigint();
    run();
    clock = Math.min(clock, Number(process.hrtime.bigint() - started) / 1e9);
    const spent = [...threadSeconds()].map(([thread, seconds]) => seconds - (before.get(thread) ?? 0));
    cpu = Math.min(cpu, Math.max(...spent));
  }
  return { cpu, clock };
}

/** CPU seconds of each thread so far; where the system does not tell, those of all together. */
function threadSeconds() {
  try {
    const threads = readdirSync("/proc/self/task");
    return new Map(threads.map((id) => [id, Number.parseInt(schedule(id), 10) / 1e9]));
  } catch {
    const { user, system } = process.cpuUsage();
    return new Map([["all", (user + system) / 1e6]]);
  }
}

function schedule(thread) {
  return readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8");
}

/** One line for each number of threads; none where torch cannot be imported. */
function torchLines() {
  const program = `
import json, os, sys, time
try:
    import torch
except ImportError:
    print("[]"); sys.exit()
from torch import nn
torch.manual_seed(1)
buckets, width, hidden, numbers, batch, rows = json.loads(sys.argv[1])
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(n, width, sparse=True) for n in buckets])
        sizes = [len(buckets) * width + numbers, *hidden]
        layers = []
        for a, b in zip(sizes, sizes[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(sizes[-1], 1))
    def forward(self, ids, values):
        vectors = [table(ids[:, i]) for i, table in enumerate(self.tables)]
        return self.layers(torch.cat([*vectors, values], 1)).squeeze(1)
ids = torch.stack([(torch.rand(rows) ** 3 * n).long() for n in buckets], 1)
values = torch.randn(rows, numbers)
labels = (torch.rand(rows) < 0.3).float()
loss_of = nn.BCEWithLogitsLoss()
def thread_seconds():
    try:
        ids = os.listdir("/proc/self/task")
        return {id: int(open(f"/proc/self/task/{id}/schedstat").read().split()[0]) / 1e9 for id in ids}
    except OSError:
        return {"all": time.process_time()}
def best(passes, run):
    cpu = clock = 1e9
    for _ in range(passes):
        before, started = thread_seconds(), time.perf_counter()
        run()
        clock = min(clock, time.perf_counter() - started)
        cpu = min(cpu, max(s - before.get(id, 0) for id, s in thread_seconds().items()))
    return cpu, clock
lines = []
for threads in (1, 2):
    torch.set_num_threads(threads)
    model = Model()
    optimizer = torch.optim.Adagrad(model.parameters(), lr=${RATE}, initial_accumulator_value=0.1)
    def train():
        for at in range(0, rows, batch):
            optimizer.zero_grad()
            loss = loss_of(model(ids[at:at + batch], values[at:at + batch]), labels[at:at + batch])
            loss.backward()
            optimizer.step()
    def score():
        with torch.no_grad():
            for at in range(0, rows, batch):
                model(ids[at:at + batch], values[at:at + batch])
    def single():
        with torch.no_grad():
            for at in range(500):
                model(ids[at:at + 1], values[at:at + 1])
    (a, b), (c, _), (d, _) = best(3, train), best(3, score), best(3, single)
    lines.append({"name": f"torch {torch.__version__}, {threads} thread" + "s" * (threads > 1), "train": rows / a,
        "trainByClock": rows / b, "score": rows / c, "oneRowMicros": d / 500 * 1e6})
print(json.dumps(lines))
`;
  const settings = JSON.stringify([BUCKETS, WIDTH, HIDDEN, NUMBERS, BATCH, Math.min(ROWS, 32_768)]);
  for (const python of ["/usr/bin/python3", "python3"]) {
    try {
      const lines = JSON.parse(execFileSync(python, ["-c", program, settings], { encoding: "utf8" }));
      if (lines.length > 0) return lines;
    } catch {
      // No such Python.
    }
  }
  return [];
}
