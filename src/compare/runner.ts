import type { Link } from "../core/model-spec.js";
import type { Progress } from "../core/progress.js";
import { lowerBound } from "../core/search.js";
import type { BoundLearner, Learner } from "../model/learner.js";
import type { ModelState } from "../model/state.js";
import { runStream, type StreamInput } from "../replay/stream.js";
import { runFloor } from "./floor.js";
import type { Plan, Step, StreamPlan } from "./plan.js";

/** What every plan is run on. */
export interface Course extends StreamInput {
  /** The first moment of the test. */
  startMicros: number;
  link: Link;
  /** A new learner with the policy's own settings, in the state of the checkpoint or as if it had learned nothing. */
  learner(start: "scratch" | "checkpoint"): Learner;
  /** CPU seconds of this process so far, user and system. */
  cpuSeconds(): number;
  progress: Progress;
}

export interface PlanRun {
  /** Score (before the link) of each test row, from `firstPrediction` on. */
  scores: Float64Array;
  rowsLearned: number;
  /** Rows that its trainings read: each once, however many epochs. */
  rowsRead: number;
  /** Learning and predicting, of this plan alone. */
  cpuSeconds: number;
}

/** Runs one plan: what was learned when the plan says so, and each test row scored by what was published then. */
export function runPlan(plan: Plan, course: Course): PlanRun {
  const before = course.cpuSeconds();
  const all = new Float64Array(course.predictions.rows);
  const rows = runOf(plan, course, all);
  const cpuSeconds = course.cpuSeconds() - before;
  return { scores: all.subarray(course.firstPrediction), ...rows, cpuSeconds };
}

type Rows = Pick<PlanRun, "rowsLearned" | "rowsRead">;

function runOf(plan: Plan, course: Course, scores: Float64Array): Rows {
  if ("steps" in plan) return runSteps(plan.steps, course, scores);
  const rows =
    "stream" in plan ? runOnline(plan.stream, course, scores) : runFloor(plan.floor, course, scores);
  return { rowsLearned: rows, rowsRead: rows };
}

function runOnline(stream: StreamPlan, course: Course, scores: Float64Array): number {
  const learner = course.learner(stream.from);
  const serving = stream.publishEveryMicros === undefined ? learner : course.learner(stream.from);
  const clock = { ...stream, startMicros: course.startMicros };
  return runStream({ learner, serving }, course, clock, scores, course.progress);
}

/**
 * A step's model serves from its publish to the next one's, and no step learns from a prediction: so each model's
 * stretch of the test is scored right after it was trained, and no copies are kept.
 */
function runSteps(steps: readonly Step[], course: Course, scores: Float64Array): Rows {
  const { predictions, firstPrediction, progress } = course;
  const scoreFrom = (learner: Learner, from: number, to: number): void => {
    if (from >= to) return;
    learner.over(predictions).score(from, to, scores);
    progress.advance(to - from);
  };
  const servesFrom = (step: Step | undefined): number =>
    step === undefined
      ? predictions.rows
      : lowerBound(predictions.shownAtMicros, step.publishAtMicros, firstPrediction);

  scoreFrom(course.learner("checkpoint"), firstPrediction, servesFrom(steps[0]));
  const scratch = steps.some(({ start }) => start === "scratch")
    ? course.learner("scratch").state
    : undefined;
  let learner: Learner | undefined;
  let rowsLearned = 0;
  let rowsRead = 0;
  steps.forEach((step, index) => {
    learner = startOf(step, learner, scratch, course);
    const learned = learnStep(step, learner.over(course.labels), course);
    rowsLearned += learned;
    rowsRead += learned / step.epochs;
    learner.flush();
    scoreFrom(learner, servesFrom(step), servesFrom(steps[index + 1]));
  });
  return { rowsLearned, rowsRead };
}

function startOf(
  step: Step,
  previous: Learner | undefined,
  scratch: ModelState | undefined,
  course: Course,
): Learner {
  if (step.start === "previous" && previous !== undefined) return previous;
  if (step.start !== "scratch" || scratch === undefined) return course.learner("checkpoint");
  const learner = previous ?? course.learner("scratch");
  learner.state.copyFrom(scratch, "all");
  return learner;
}

/** Learns the rows of a step, `epochs` times in the order they became known. Returns the rows learned, epochs counted. */
export function learnStep(step: Step, teacher: BoundLearner, { labels }: Pick<Course, "labels">): number {
  const { on, fromMicros, toMicros } = step.learn;
  const { knownAtMicros, shownAtMicros } = labels;
  // A label is known no earlier than it was shown, so no row before this one can be in a window on either time.
  const from = lowerBound(knownAtMicros, fromMicros);
  const to = lowerBound(knownAtMicros, Math.min(toMicros, step.atMicros));
  let rowsLearned = 0;
  for (let epoch = 0; epoch < step.epochs; epoch++) {
    if (on === "known") {
      teacher.learn(from, to);
      rowsLearned += to - from;
      continue;
    }
    for (let row = from; row < to; row++) {
      if ((shownAtMicros[row] ?? 0) < fromMicros) continue;
      teacher.learn(row, row + 1);
      rowsLearned += 1;
    }
  }
  return rowsLearned;
}
