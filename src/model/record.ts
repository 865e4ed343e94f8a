/** Where a model came from and what is known of it: kept in model.json beside the specification. */
export interface ModelRecord {
  /** Version of this tool that wrote the folder. */
  writtenBy: string;
  source: ModelSource;
  /** What was transferred, frozen, re-initialised, dropped: one entry a source tensor or table. */
  tensors: readonly TensorReport[];
  /** Proof of the conversion. */
  parity?: ParityReport;
  /** What it has learned: rows shown through, with labels known as of; absent where nobody said. */
  trained?: { throughShownAtMicros: number; labelsAsOfMicros: number };
  /** The `log` part of unbatch.yaml, so that a log can be read without the file. */
  log?: unknown;
}

export type ModelSource =
  | { kind: "checkpoint"; format: string; name: string; sha256: Readonly<Record<string, string>> }
  | { kind: "replay"; of: ModelSource; rowsLearned: number }
  | { kind: "log" };

export interface TensorReport {
  name: string;
  role: string;
  table: string;
  rows: number;
  width: number;
  outcome: "transferred" | "frozen" | "re-initialised" | "dropped";
  note: string;
}

export interface ParityReport {
  source: "golden" | "log" | "generated";
  rows: number;
  maxAbsoluteDifference: number;
  tolerance: number;
  /** Row of the largest difference. */
  at: number;
  /** Of the first rows that were compared: the score before the link, before anything was learned. */
  scores?: readonly RowScores[];
  updates?: UpdatesReport;
  run?: RunReport;
  /** Features whose encoded values were compared with the source's own, row by row. */
  encoded?: readonly string[];
}

/** The source's own model, run as it is by its framework; or why it was not, and how it would be. */
export type RunReport =
  | {
      framework: string;
      gives: "logits" | "probabilities";
      rows: number;
      /** Between the online model's scores and what the framework's outputs may stand for. */
      maxAbsoluteDifference: number;
    }
  | { notMade: string; next: string };

/** The first online updates against the source's optimizer, from its own slots; or why they were not compared. */
export type UpdatesReport =
  | {
      updates: number;
      rows: number;
      /** Of a row's score after it was learned. */
      maxAbsoluteDifference: number;
      /** How far one update moved its row's score at most: what the difference is to be seen against. */
      largestMove: number;
      /** Tables that learn, and rested meanwhile: the source's optimizer has no memory of them. */
      atRest?: readonly string[];
      /** In the order in which they were made. */
      steps?: readonly UpdateScores[];
    }
  | { notMade: string };

/** A row's score before it is learned, and after, by the source's optimizer and online. */
export interface UpdateScores {
  row: number;
  label: 0 | 1;
  before: number;
  source: number;
  online: number;
}

export interface RowScores {
  row: number;
  /** From the source's tensors. */
  source: number;
  online: number;
  /** As its own pipeline gave it, calibrated like the others. */
  golden?: number;
  /** By the source's own framework, run on the row, calibrated like the others. */
  run?: number;
}
