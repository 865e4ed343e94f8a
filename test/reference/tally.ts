import type { Figure } from "../../src/core/figure.js";

/** Relative, of small numbers too: a reference number changed by a relative 1e-6 must be out, whatever its size. */
export const TOLERANCE = 1e-9;
/** What rounding alone leaves of a difference that should be 0. */
const ROUNDING = 1e-15;

/** What comparing with one reference file came to. */
export class Tally {
  compared = 0;
  within = 0;
  /** The largest |a - b| / |b| of the numbers compared. */
  worst = 0;
  readonly out: string[] = [];
  readonly skipped: { name: string; why: string }[] = [];

  /** A number, or a figure, beside its reference; null there means undefined, and wants a refusal here. */
  near(
    where: string,
    found: Figure | number | undefined,
    expected: number | null | undefined,
    tolerance: number = TOLERANCE,
    rounding: number = ROUNDING,
  ): void {
    this.compared += 1;
    const value = typeof found === "object" && "value" in found ? found.value : found;
    if (expected === undefined || expected === null || typeof value !== "number") {
      const isRefusal = typeof value === "object" && "refused" in value;
      if (expected === null && isRefusal) this.within += 1;
      else this.out.push(`${where}: ${textOf(found)}, the reference ${expected ?? "undefined"}`);
      return;
    }
    const difference = Math.abs(value - expected);
    const relative = value === expected || difference <= rounding ? 0 : difference / Math.abs(expected);
    if (relative <= tolerance) this.within += 1;
    else this.out.push(`${where}: ${value}, the reference ${expected}`);
    if (Number.isFinite(relative)) this.worst = Math.max(this.worst, relative);
  }

  /** As `near`, of numbers that may be as small as they like, such as tails: there 1e-15 is no rounding. */
  nearTail(where: string, found: Figure | number | undefined, expected: number | null | undefined): void {
    this.near(where, found, expected, TOLERANCE, 0);
  }

  /** Counts, indices, texts and lists of them. */
  same(where: string, found: unknown, expected: unknown): void {
    this.compared += 1;
    if (JSON.stringify(found) === JSON.stringify(expected)) this.within += 1;
    else this.out.push(`${where}: ${textOf(found)}, the reference ${textOf(expected)}`);
  }

  /** What is not compared, and why; the run fails but for the names that skips.ts allows. */
  skip(name: string, why: string): void {
    this.skipped.push({ name, why });
  }
}

function textOf(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
