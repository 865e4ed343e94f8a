import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openModel } from "../../src/commands/open-inputs.js";
import { temporaryFolder } from "../support/cli.js";
import { logOf } from "../support/golden-log.js";
import { inProcess } from "../support/in-process.js";

const folder = temporaryFolder();
const ROWS = 60;

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inProcess(args);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function numbersOf(path: string): Promise<Map<string, number[]>> {
  const { model } = await openModel(path);
  return new Map([...model.tensors].map(([name, { values }]) => [name, Array.from(values(), Number)]));
}

it.each([
  ["adagrad", "{ kind: adagrad, rate: 0.3 }", ["accumulator"]],
  ["ftrl", "{ kind: ftrl, rate: 0.3, beta: 1, l1: 0.01 }", ["n", "z"]],
  ["adam", "{ kind: adam, rate: 0.01 }", ["m", "v", "steps"]],
  ["momentum", "{ kind: sgd, rate: 0.05, momentum: 0.9 }", ["momentum"]],
])(
  "%s: the optimizer's memory comes back, and learns on as if it had never left",
  async (name, optimizer, parts) => {
    const at = (file: string): string => join(folder, `${name}-${file}`);
    const text = `version: 1
log: { time: at, label: clicked }
features:
  - { name: user, encoder: { kind: hash, buckets: 16 } }
  - { name: item, encoder: { kind: identity, size: 7 } }
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [user, item] }
    - { kind: dot, left: user, right: item, width: 3, noise: 0.1 }
learner: { optimizer: ${optimizer} }
`;
    writeFileSync(at("unbatch.yaml"), text);
    const values = (of: (row: number) => number): number[] =>
      Array.from({ length: ROWS }, (_, row) => of(row));
    logOf(at("log.parquet"), {
      user: values((row) => (row * 7) % 23),
      item: values((row) => (row * row) % 7),
    });
    await run("convert", "--config", at("unbatch.yaml"), "--out", at("new"));
    const replay = (model: string, out: string): Promise<string> =>
      run("replay", model, at("log.parquet"), "--config", at("unbatch.yaml"), "--out", out, "--quiet");
    await replay(at("new"), at("run"));
    const learned = at("run/model");
    await run(
      ...["export", learned, "--to", "safetensors", "--slots", "--precision", "float64", "--out", at("out")],
    );
    const back = ["--config", join(at("out"), "unbatch.yaml"), "--slots", "exact", "--out", at("back")];
    const report = JSON.parse(
      await run("convert", join(at("out"), "model.safetensors"), ...back, "--quiet", "--json"),
    ) as { slots: { mode: string } };
    expect(report.slots.mode).toBe("exact");

    const expectSame = async (left: string, right: string): Promise<void> => {
      const [expected, found] = [await numbersOf(left), await numbersOf(right)];
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
      // Momentum is of biases and layers alone.
      const table = name === "momentum" ? "bias" : "dot/user";
      for (const part of parts) expect(expected.get(`${table}/${part}`)?.some((one) => one !== 0)).toBe(true);
      for (const [key, numbers] of expected)
        found.get(key)?.forEach((one, index) => {
          // FTRL's z is written anew from its weights, which are a function of it.
          const room = name === "ftrl" ? 1e-12 : 0;
          expect(Math.abs(one - (numbers[index] ?? Number.NaN)), key).toBeLessThanOrEqual(room);
        });
    };
    await expectSame(learned, at("back"));
    await replay(learned, at("on"));
    await replay(at("back"), at("back-on"));
    await expectSame(at("on/model"), at("back-on/model"));
  },
);
