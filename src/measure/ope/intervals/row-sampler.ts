import { seededRandom } from "../../../core/random.js";
import type { RowSampler } from "./bootstrap.js";

/** Uniform row numbers from this project's generator. */
export function rowSampler(seed: number): RowSampler {
  const { uniform } = seededRandom(seed);
  return { draw: (n) => Math.floor(uniform() * n) };
}
