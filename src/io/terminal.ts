import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "../core/progress.js";

/** The part of a stream that progress is written to. */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** A bar with rate and time left on a terminal; elsewhere a line at every tenth. */
export function terminalProgress(
  stream: NodeJS.WriteStream = process.stderr,
  nowMillis: () => number = () => performance.now(),
): Progress {
  return stream.isTTY ? barProgress(stream) : lineProgress(stream, nowMillis);
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  let startedAt = 0;
  let done = 0;
  return {
    start(total, unit) {
      done = 0;
      startedAt = performance.now();
      bar = new SingleBar(
        {
          stream,
          hideCursor: true,
          clearOnComplete: true,
          format: `{bar} {percentage}% {value}/{total} ${unit}, {rate}/s, {eta_formatted} left {note}`,
          etaBuffer: 100,
        },
        Presets.shades_classic,
      );
      bar.start(total, 0, { rate: "-", note: "" });
    },
    advance(by) {
      done += by;
      const rate = perSecond(done, performance.now() - startedAt);
      bar?.update(done, { rate });
    },
    note(line) {
      bar?.update({ note: line });
    },
    finish() {
      bar?.stop();
      bar = undefined;
    },
  };
}

export function lineProgress(stream: ProgressStream, nowMillis: () => number): Progress {
  let total = 0;
  let unit = "";
  let done = 0;
  let tenths = 0;
  let startedAt = 0;
  return {
    start(newTotal, newUnit) {
      [total, unit, done, tenths, startedAt] = [newTotal, newUnit, 0, 0, nowMillis()];
    },
    advance(by) {
      done += by;
      const reached = total === 0 ? 0 : Math.floor((10 * done) / total);
      if (reached <= tenths) return;
      tenths = reached;
      const elapsed = nowMillis() - startedAt;
      const left = Math.ceil(((elapsed / done) * (total - done)) / 1000);
      stream.write(
        `${10 * reached} %: ${done} of ${total} ${unit}, ${perSecond(done, elapsed)}/s, ${left} s left\n`,
      );
    },
    note(line) {
      stream.write(`${line}\n`);
    },
    finish() {},
  };
}

function perSecond(count: number, elapsedMillis: number): string {
  return elapsedMillis > 0 ? Math.round((1000 * count) / elapsedMillis).toLocaleString("en-US") : "-";
}
