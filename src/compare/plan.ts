import type { PolicyConfig } from "../config/config.js";
import type { FloorPlan } from "./floor.js";

/** One retraining: at this time, from this state, learn these rows so many times, then serve from then on. */
export interface Step {
  atMicros: number;
  publishAtMicros: number;
  start: "scratch" | "checkpoint" | "previous";
  /** Rows known (or shown) in [from, to), and known before `atMicros`, in the order they became known. */
  learn: { on: "known" | "shown"; fromMicros: number; toMicros: number };
  epochs: number;
}

/** Learning each label as it becomes known. */
export interface StreamPlan {
  from: "checkpoint" | "scratch";
  publishEveryMicros?: number | undefined;
  updateEveryMicros?: number | undefined;
}

/** A policy is a plan: a list of steps as plain data, or the stream itself. Until the first publish the checkpoint serves. */
export type Plan =
  | { policy: string; steps: readonly Step[] }
  | { policy: string; stream: StreamPlan }
  | { policy: string; floor: FloorPlan };

/** What a plan is laid over: the first moment of the test and the last prediction. */
export interface Span {
  startMicros: number;
  lastPredictionMicros: number;
}

export function planPolicy(policy: PolicyConfig, span: Span): Plan {
  switch (policy.kind) {
    case "frozen":
      return { policy: policy.name, steps: [] };
    case "floor": {
      const [sum, count] = policy.prior;
      return { policy: policy.name, floor: { of: policy.of, prior: { sum, count } } };
    }
    case "stateless":
      return { policy: policy.name, steps: retrainings(policy, span).map((at) => statelessStep(policy, at)) };
    case "warm":
      return {
        policy: policy.name,
        steps: retrainings(policy, span).map((at, index) => ({
          atMicros: at,
          publishAtMicros: at + policy.publishAfter,
          start: index === 0 ? "checkpoint" : "previous",
          learn: { on: "known", fromMicros: Math.max(span.startMicros, at - policy.every), toMicros: at },
          epochs: policy.epochs,
        })),
      };
    case "online":
      return {
        policy: policy.name,
        stream: {
          from: policy.from,
          publishEveryMicros: policy.publishEvery,
          updateEveryMicros: policy.updateEvery,
        },
      };
  }
}

/** The step that makes a checkpoint of the log's first days: every row known before the cut-off, once. */
export function pretrainStep(startMicros: number): Step {
  return {
    atMicros: startMicros,
    publishAtMicros: startMicros,
    start: "scratch",
    learn: { on: "known", fromMicros: Number.NEGATIVE_INFINITY, toMicros: startMicros },
    epochs: 1,
  };
}

function statelessStep(policy: Extract<PolicyConfig, { kind: "stateless" }>, at: number): Step {
  return {
    atMicros: at,
    publishAtMicros: at + policy.publishAfter,
    start: "scratch",
    learn: {
      on: policy.cut,
      fromMicros: policy.window === "all" ? Number.NEGATIVE_INFINITY : at - policy.window,
      toMicros: at,
    },
    epochs: policy.epochs,
  };
}

/** At the start and every so often until the last prediction. */
function retrainings({ every }: { every: number }, { startMicros, lastPredictionMicros }: Span): number[] {
  const times: number[] = [];
  for (let at = startMicros; at <= lastPredictionMicros; at += every) times.push(at);
  return times;
}
