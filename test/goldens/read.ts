import { readFileSync } from "node:fs";

/** JSON of a fixture, in the shape that its maker wrote. */
export function json<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(path, "utf8")) as Shape;
}

/** Rows of numbers between spaces. */
export function numbers(path: string): number[][] {
  return lines(path).map((line) => line.split(/\s+/).map(Number));
}

export function lines(path: string): string[] {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.trim());
}

/** `label at:value …` -> values by feature; what is not named is `absent`. */
export function libsvm(path: string, features: number, absent: number | null): (number | null)[][] {
  return lines(path).map((line) => {
    const row = new Array<number | null>(features).fill(absent);
    for (const pair of line.split(/\s+/).slice(1)) {
      const [at = Number.NaN, value = Number.NaN] = pair.split(":").map(Number);
      row[at] = value;
    }
    return row;
  });
}
