import { UnbatchError } from "../../core/errors.js";

/** Where no online model can be made of a part: a model that reads the source's own score has it all. */
export const BY_OFFSET = "learn on top of the model's logged score with an `offset` term";

/** A part of a format that is known, and of which nothing is made here: the part by name, and the nearest way round. */
export function unsupported(where: string, feature: string, expected: string, next: string): UnbatchError {
  return new UnbatchError({ where, found: feature, expected, next });
}
