import { malformed } from "./malformed.js";

/** Modules in modules have names of some hundred characters. */
const MOST_CHARACTERS = 2000;

/** Names are matched against patterns, whose time can be the square of their length. Error: one that no model has. */
export function checkNames(names: Iterable<string>, file: string): void {
  for (const name of names)
    if (name.length > MOST_CHARACTERS)
      throw malformed(
        file,
        0,
        `a name of ${name.length} characters, ${name.slice(0, 40)}...`,
        `at most ${MOST_CHARACTERS}`,
      );
}
