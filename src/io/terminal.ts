import cliProgress, { type Options } from "cli-progress";
import type { Progress } from "../core/progress.js";

/** The part of a stream that progress is written to. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const REDRAW_MILLIS = 100;
const CLEAR_LINE = "\r\x1b[K";

/** A bar on a terminal, elsewhere a line at every tenth: each with rows per second and the time left. */
export function terminalProgress(
  stream: ProgressStream = process.stderr,
  nowMillis: () => number = () => performance.now(),
): Progress {
  return stream.isTTY === true ? barProgress(stream, nowMillis) : lineProgress(stream, nowMillis);
}

/**
 * Drawn when the job advances, by no timer and with the cursor left as it is: nothing keeps the process alive or needs
 * to be undone when the job ends in an error.
 */
function barProgress(stream: ProgressStream, nowMillis: () => number): Progress {
  let job: Job = jobOf(0, "", 0);
  let drawnAt = Number.NEGATIVE_INFINITY;
  const draw = (now: number): void => {
    drawnAt = now;
    stream.write(`${CLEAR_LINE}${barText(job, now).slice(0, (stream.columns ?? 80) - 1)}`);
  };
  return {
    start(total, unit) {
      job = jobOf(total, unit, nowMillis());
      draw(job.startedAt);
    },
    advance(by) {
      job.done += by;
      const now = nowMillis();
      if (now - drawnAt >= REDRAW_MILLIS) draw(now);
    },
    note(line) {
      stream.write(`${CLEAR_LINE}${line}\n`);
      drawnAt = Number.NEGATIVE_INFINITY;
    },
    finish() {
      stream.write(CLEAR_LINE);
    },
  };
}

function lineProgress(stream: ProgressStream, nowMillis: () => number): Progress {
  let job: Job = jobOf(0, "", 0);
  let tenths = 0;
  return {
    start(total, unit) {
      job = jobOf(total, unit, nowMillis());
      tenths = 0;
    },
    advance(by) {
      job.done += by;
      const reached = Math.min(10, Math.floor((10 * job.done) / job.total));
      if (!(reached > tenths)) return;
      tenths = reached;
      const { rate, secondsLeft } = paceOf(job, nowMillis());
      stream.write(
        `${10 * reached} %: ${job.done} of ${job.total} ${job.unit}, ${rate}/s, ${secondsLeft} s left\n`,
      );
    },
    note(line) {
      stream.write(`${line}\n`);
    },
    finish() {},
  };
}

interface Job {
  total: number;
  unit: string;
  done: number;
  startedAt: number;
}

function jobOf(total: number, unit: string, startedAt: number): Job {
  return { total, unit, done: 0, startedAt };
}

const BAR_WIDTH = 24;

const BAR: Options = {
  format: "{bar} {percentage}% {value}/{total} {unit}, {rate}/s, {eta_formatted} left",
  autopaddingChar: "0",
  formatBar: (progress) => {
    const filled = Math.round(progress * BAR_WIDTH);
    return "\u2588".repeat(filled) + "\u2591".repeat(BAR_WIDTH - filled);
  },
};

function barText(job: Job, now: number): string {
  const { done, total, unit, startedAt } = job;
  const { rate, secondsLeft } = paceOf(job, now);
  const progress = total > 0 ? Math.min(1, done / total) : 0;
  const params = {
    progress,
    eta: secondsLeft,
    startTime: startedAt,
    stopTime: now,
    total,
    value: done,
    maxWidth: 0,
  };
  return cliProgress.Format.Formatter(BAR, params, { unit, rate });
}

function paceOf({ done, total, startedAt }: Job, now: number): { rate: string; secondsLeft: number } {
  const seconds = (now - startedAt) / 1000;
  if (!(seconds > 0 && done > 0)) return { rate: "-", secondsLeft: 0 };
  const secondsLeft = Math.max(0, Math.ceil((seconds / done) * (total - done)));
  return { rate: Math.round(done / seconds).toLocaleString("en-US"), secondsLeft };
}
