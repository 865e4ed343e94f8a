/**
 * `node bench/families/memory.mjs CONFIG MODEL LOG`: the first file of a log is read into memory; then it is scored and
 * learned from the model's own state, again and again. Prints as JSON the best pass's rows per CPU second of the process.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openModel } from "../../dist/commands/open-inputs.js";
import { parseConfig } from "../../dist/config/load.js";
import { silent } from "../../dist/core/progress.js";
import { loadKernels } from "../../dist/io/kernels.js";
import { openLog } from "../../dist/io/log-source.js";
import { createLearner } from "../../dist/model/create-learner.js";
import { loadState } from "../../dist/model/load.js";
import { readEvents } from "../../dist/replay/events.js";

/** A pass ends, and none begins, after so many CPU seconds. */
const MOST_SECONDS = 3;
const ROWS_AT_ONCE = 16_384;

const [configPath, modelPath, log] = process.argv.slice(2);
const config = parseConfig(readFileSync(configPath, "utf8"), configPath);
const { model } = await openModel(modelPath);
const [first] = readdirSync(log).sort();
const { events, newIds } = await readEvents(await openLog([join(log, first)]), {
  ...{ log: config.log, spec: model.spec, vocabularies: model.vocabularies, labels: "required" },
  ...{ maxRows: 1e8, progress: silent },
});
const kernels = loadKernels();
let [best, spent] = [0, 0];
while (spent < MOST_SECONDS) {
  const { rows, seconds } = pass();
  best = Math.max(best, rows / seconds);
  spent += seconds;
}
console.log(JSON.stringify({ rowsPerSecond: best }));

function pass() {
  const bound = createLearner(loadState(model, newIds), kernels).over(events);
  const scores = new Float64Array(events.rows);
  let [rows, seconds] = [0, 0];
  while (rows < events.rows && spent + seconds < MOST_SECONDS) {
    const to = Math.min(events.rows, rows + ROWS_AT_ONCE);
    const before = process.cpuUsage();
    bound.scoreThenLearn(rows, to, scores);
    const { user, system } = process.cpuUsage(before);
    seconds += (user + system) / 1e6;
    rows = to;
  }
  return { rows, seconds };
}
