import { printableLines } from "./printable.js";

/** 0 done; 1 a gate failed; 2 wrong usage or input; 3 data or run incomplete; 70 a bug. */
export type ExitCode = 0 | 1 | 2 | 3 | 70;

/** What a person needs in order to act: each part is a phrase without a final full stop. */
export interface ErrorParts {
  /** What was met, with the offending value. */
  found: string;
  /** File, row group, row, tensor or line. */
  where?: string;
  /** What would have been right. */
  expected?: string;
  /** The command or edit to try next. */
  next?: string;
}

/** An error that is the input's or the user's, never the program's: printed without a stack trace. */
export class UnbatchError extends Error {
  readonly parts: ErrorParts;
  readonly exitCode: ExitCode;

  constructor(parts: ErrorParts, exitCode: ExitCode = 2) {
    super(formatParts(parts));
    this.name = "UnbatchError";
    this.parts = parts;
    this.exitCode = exitCode;
  }
}

function formatParts({ found, where, expected, next }: ErrorParts): string {
  const lines = [where === undefined ? found : `${where}: ${found}`];
  if (expected !== undefined) lines.push(`  expected: ${expected}`);
  if (next !== undefined) lines.push(`  next: ${next}`);
  // Names in a file stand in what is found; a terminal must not obey them.
  return printableLines(lines.join("\n"));
}

/** Data that ended early or does not add up: exit code 3. */
export function incomplete(parts: ErrorParts): UnbatchError {
  return new UnbatchError(parts, 3);
}
