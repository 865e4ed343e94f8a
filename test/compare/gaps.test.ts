import { expect, it } from "vitest";
import { controlsOf } from "../../src/compare/gaps.js";
import { parseConfig } from "../../src/config/load.js";

function controls(checkpoint: "pretrained" | "converted", ...policies: string[]): string[] {
  const { compare } = parseConfig(
    `version: 1\nlog: { time: at }\ncompare:\n  policies:\n${policies.map((one) => `    - { ${one} }\n`).join("")}`,
    "unbatch.yaml",
  );
  return controlsOf(compare?.policies ?? [], checkpoint).map((one) =>
    "from" in one ? `${one.effect}: ${one.from} -> ${one.to}` : `${one.effect}: ${one.difference.refused}`,
  );
}

const window = "name: window, kind: stateless, window: 28d, every: 1d";
const all = "name: all, kind: stateless, window: all, every: 1d";
const warm = "name: warm, kind: warm, every: 1d";
const online = "name: online, kind: online";

it("takes each effect from the pair of policies that differ in it alone", () => {
  const thrice = "name: thrice, kind: stateless, window: 28d, every: 1d, epochs: 3";
  expect(controls("pretrained", window, all, warm, online, thrice)).toEqual([
    "memory: window -> all",
    "memory: window -> warm",
    "training: window -> thrice",
    "cadence: all -> online",
    "cadence: warm -> online",
  ]);
});

it("does not take all of the log for what a checkpoint from elsewhere has learned", () => {
  expect(controls("converted", window, all, warm, online)).toEqual([
    "memory: window -> all",
    "cadence: warm -> online",
    "training: no-control",
  ]);
});

it.each([
  ["another cadence", "name: all, kind: stateless, window: all, every: 7d"],
  ["a later publish", "name: all, kind: stateless, window: all, every: 1d, publishAfter: 4h"],
  ["other epochs", "name: all, kind: stateless, window: all, every: 1d, epochs: 2"],
  ["another cut", "name: all, kind: stateless, window: all, every: 1d, cut: shown"],
  [
    "another rate",
    "name: all, kind: stateless, window: all, every: 1d, learner: { optimizer: { kind: sgd, rate: 1 } }",
  ],
])("%s besides is no control of memory", (_, other) => {
  expect(controls("pretrained", window, other)).toContain("memory: no-control");
});

it.each([
  ["a serving lag", "name: online, kind: online, publishEvery: 1h"],
  ["a cold start", "name: online, kind: online, from: scratch"],
  ["late updates", "name: online, kind: online, updateEvery: 1h"],
])("%s is no control of cadence", (_, other) => {
  expect(controls("pretrained", all, other)).toContain("cadence: no-control");
});
