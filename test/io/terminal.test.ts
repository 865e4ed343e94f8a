import { describe, expect, it } from "vitest";
import { terminalProgress } from "../../src/io/terminal.js";

/** A stream that keeps what is written, and a clock that is moved by hand. */
function recording(isTTY: boolean, columns = 100) {
  const written: string[] = [];
  let now = 1000;
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  const progress = terminalProgress(stream, () => now);
  return { written, progress, wait: (millis: number) => (now += millis) };
}

describe("where stderr is not a terminal", () => {
  it("a line at every tenth, with rate and time left", () => {
    const { written, progress, wait } = recording(false);
    progress.start(2000, "rows");
    for (let row = 0; row < 2000; row++) {
      wait(1);
      progress.advance(1);
    }
    progress.finish();
    expect(written).toHaveLength(10);
    expect(written[0]).toBe("10 %: 200 of 2000 rows, 1,000/s, 2 s left\n");
    expect(written[9]).toBe("100 %: 2000 of 2000 rows, 1,000/s, 0 s left\n");
  });

  it("large steps skip lines; more than the total, or no total, adds none", () => {
    const { written, progress, wait } = recording(false);
    progress.start(100, "rows");
    for (let step = 0; step < 8; step++) {
      wait(500);
      progress.advance(35);
    }
    expect(written.map((line) => line.split(":")[0])).toEqual(["30 %", "70 %", "100 %"]);
    progress.start(0, "rows");
    progress.advance(0);
    progress.note("a day without rows");
    expect(written.slice(3)).toEqual(["a day without rows\n"]);
  });

  it("begins again for the next job", () => {
    const { written, progress } = recording(false);
    for (const unit of ["rows", "steps"]) {
      progress.start(10, unit);
      progress.advance(10);
    }
    expect(written).toEqual([
      "100 %: 10 of 10 rows, -/s, 0 s left\n",
      "100 %: 10 of 10 steps, -/s, 0 s left\n",
    ]);
  });
});

describe("on a terminal", () => {
  it("a bar with rate and time left, drawn at most ten times a second, gone at the end", () => {
    const { written, progress, wait } = recording(true);
    progress.start(1000, "rows");
    for (let row = 0; row < 500; row++) {
      wait(2);
      progress.advance(1);
    }
    expect(written).toHaveLength(11);
    expect(written[10]).toBe(`\r\x1b[K${"█".repeat(12)}${"░".repeat(12)} 50% 500/1000 rows, 500/s, 01s left`);
    progress.note("fitted 3 encoders");
    expect(written[11]).toBe("\r\x1b[Kfitted 3 encoders\n");
    progress.advance(1);
    expect(written[12]).toContain("501/1000");
    progress.finish();
    expect(written[13]).toBe("\r\x1b[K");
  });

  it("never wraps", () => {
    const { written, progress } = recording(true, 20);
    progress.start(1e9, "rows");
    expect(written).toHaveLength(1);
    expect(written[0]?.length).toBe("\r\x1b[K".length + 19);
  });
});
