import type { Tally } from "./tally.js";

/** Runs this project's code on what one reference file holds; the document is that file, parsed. */
export interface Check {
  file: string;
  /** Beside the numbers, the logs of UNBATCH_DATA. */
  needsData?: true;
  run(document: unknown, tally: Tally, data: string | undefined): void | Promise<void>;
}
