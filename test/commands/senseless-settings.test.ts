import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

const work = temporaryFolder();
const config = join(work, "unbatch.yaml");
writeFileSync(
  config,
  `version: 1
log: { time: shown_at, label: clicked }
features: [{ name: item, encoder: { kind: vocabulary } }]
model: { terms: [{ kind: bias }, { kind: linear, features: [item] }] }
learner: { optimizer: { kind: adagrad, rate: 0.1 } }
compare: { pretrain: 1d, policies: [{ name: a, kind: online }] }
`,
);

/** Words of a command, an option, and values that it cannot have. */
const FLAGS: readonly [command: readonly string[], option: string, values: readonly string[]][] = [
  [["tune", "log"], "--budget", ["0", "-1", "1.5", "nan", ""]],
  [["tune", "log"], "--score-last", ["0d", "-1d", "5", "soon"]],
  [["tune", "log"], "--pretrain", ["0d", "12h", "-1d"]],
  [["compare", "log", "--out", "o"], "--pretrain", ["0d", "12h", "-1d"]],
  [["replay", "m", "log", "--out", "o"], "--update-every", ["0s", "-1h", "7"]],
  [["replay", "m", "log", "--out", "o"], "--publish-every", ["0s", "-1h", "7"]],
  [["replay", "m", "log", "--out", "o"], "--rows-at-once", ["0", "-8", "1.5"]],
  [["replay", "m", "log", "--out", "o"], "--batch-size", ["0"]],
  [["convert", "c.pt", "--out", "o"], "--tolerance", ["0", "-1", "nan", ""]],
  [["convert", "c.pt", "--out", "o"], "--slots", ["half"]],
  [["ope", "log", "--uniform"], "--clip", ["0", "-1", "nan"]],
  [["ope", "log", "--uniform"], "--reward-range", ["1,0", "0", ",5", "0,", "0,Infinity", "0,1,2"]],
  [["ope", "log", "--model", "m"], "--epsilon", ["0", "1", "-0.1"]],
  [["ope", "log", "--model", "m"], "--softmax", ["0", "-1", "Infinity"]],
];

it.each(FLAGS)("%j refuses %s %j, and names it", async (command, option, values) => {
  for (const value of values) {
    const { code, stderr } = await inProcess([...command, option, value, "--config", config, "--quiet"]);
    expect(code, `${option} ${value}: ${stderr}`).toBe(2);
    expect(stderr).toContain(option);
    expect(stderr).toMatch(/expected|Allowed choices|unknown option/);
  }
});

it("settings of unbatch.yaml: convert names each, with what is allowed, and writes nothing", async () => {
  const bad = join(work, "bad.yaml");
  const learner = `learner:
  optimizer: { kind: sgd, rate: 0, momentum: 1 }
  terms: { linear: { kind: adam, rate: .nan, l1: 0.1 } }
  batchSize: 0
compare: { pretrain: 1d, policies: [{ name: a, kind: frozen, learner: { batchSize: 8 } }] }
`;
  writeFileSync(
    bad,
    `version: 1
log: { time: shown_at, label: clicked }
features: [{ name: item, encoder: { kind: vocabulary } }]
model: { terms: [{ kind: bias }, { kind: linear, features: [item] }] }
${learner}`,
  );
  const { code, stderr } = await inProcess(["convert", "--config", bad, "--out", join(work, "m"), "--quiet"]);
  expect(code).toBe(2);
  for (const problem of [
    "learner.optimizer.rate: found 0; expected a number that is more than 0",
    "learner.optimizer.momentum: found 1; expected a number that is less than 1",
    "learner.terms.linear.rate: found NaN; expected a number",
    "learner.terms.linear.l1: found a setting of sgd, adagrad, rowwise-adagrad or ftrl, which adam does not have; expected kind, rate, beta1",
    "learner.batchSize: found 0; expected a number that is at least 1",
    "compare.policies.0.learner: found a setting of stateless, warm or online, which frozen does not have",
  ])
    expect(stderr).toContain(problem);
  expect(existsSync(join(work, "m"))).toBe(false);
});
