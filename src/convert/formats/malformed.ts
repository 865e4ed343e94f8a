import { UnbatchError } from "../../core/errors.js";

/** A checkpoint file that is not what it says it is, with the byte at which that showed. */
export function malformed(file: string, offset: number, found: string, expected: string): UnbatchError {
  return new UnbatchError({
    where: `${file}, byte ${offset}`,
    found,
    expected,
    next: "save or copy the checkpoint again; unbatch inspect shows what can be read of it",
  });
}
