import type { PolicyConfig } from "../config/config.js";
import { type Refusal, refusal } from "../core/figure.js";
import type { Checkpoint } from "./start.js";

/** What one difference between two policies is made of, when they differ in that alone. */
export type Effect = "memory" | "cadence" | "training";

/** Two policies of the comparison that differ in one thing: the second is the first with that changed. */
export interface Control {
  effect: Effect;
  from: string;
  to: string;
}

type Of<K extends PolicyConfig["kind"]> = Extract<PolicyConfig, { kind: K }>;
type Retrained = Of<"stateless"> | Of<"warm">;

/**
 * The gap between a sliding window and online learning, each part from its own control: memory (a window -> all
 * history, cadence and epochs as they were), cadence (all history -> every event), training (the same rows, other
 * epochs or rates). The parts are never added into one claim. An effect that no pair of policies isolates is refused.
 */
export function controlsOf(
  policies: readonly PolicyConfig[],
  checkpoint: Checkpoint["kind"],
): (Control | { effect: Effect; difference: Refusal })[] {
  const pairs = policies.flatMap((from) =>
    policies.flatMap((to) => {
      const effect = effectOf(from, to, checkpoint);
      return effect === undefined ? [] : [{ effect, from: from.name, to: to.name }];
    }),
  );
  const missing = (Object.keys(REMEDIES) as Effect[]).filter((effect) =>
    pairs.every((pair) => pair.effect !== effect),
  );
  return [
    ...pairs,
    ...missing.map((effect) => ({
      effect,
      difference: refusal("no-control", `no two policies differ in ${effect} alone`, REMEDIES[effect]),
    })),
  ];
}

const REMEDIES: Readonly<Record<Effect, string>> = {
  memory: "add a stateless policy with window: all beside one with a window, the rest alike",
  cadence: "add a policy that learns all history (stateless with window: all, or warm) beside an online one",
  training: "add a policy that differs from another in epochs, or in learner, alone",
};

function effectOf(from: PolicyConfig, to: PolicyConfig, checkpoint: Checkpoint["kind"]): Effect | undefined {
  if (!isRetrained(from)) return undefined;
  if (isRetrained(to)) {
    const sameTraining = from.epochs === to.epochs && same(from.learner, to.learner);
    if (from.every !== to.every || from.publishAfter !== to.publishAfter) return undefined;
    if (!sameTraining) return sameRows(from, to) && from.epochs <= to.epochs ? "training" : undefined;
    const isWindow = from.kind === "stateless" && from.window !== "all" && from.cut === "known";
    const isAll = to.kind === "stateless" ? learnsAll(to) : learnsAll(to) && checkpoint === "pretrained";
    return isWindow && isAll ? "memory" : undefined;
  }
  // A checkpoint from elsewhere has learned rows that this log's history does not hold: only warm begins from it too.
  const isControl = learnsAll(from) && (from.kind === "warm" || checkpoint === "pretrained");
  const isPlainOnline =
    to.kind === "online" &&
    to.from === "checkpoint" &&
    to.publishEvery === undefined &&
    to.updateEvery === undefined;
  const isSame = from.epochs === 1 && from.publishAfter === 0 && same(from.learner, to.learner);
  return isControl && isPlainOnline && isSame ? "cadence" : undefined;
}

function isRetrained(policy: PolicyConfig): policy is Retrained {
  return policy.kind === "stateless" || policy.kind === "warm";
}

/** Warm retraining ends, with one epoch, in the very state of retraining on all history since the checkpoint. */
function learnsAll(policy: Retrained): boolean {
  if (policy.kind === "warm") return policy.epochs === 1;
  return policy.window === "all" && policy.cut === "known";
}

function sameRows(from: Retrained, to: Retrained): boolean {
  if (from.kind === "warm" || to.kind === "warm") return from.kind === to.kind;
  return from.window === to.window && from.cut === to.cut;
}

/** Plain data, made by one schema: keys come in one order. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
