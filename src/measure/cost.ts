import { estimate, type Figure, refusal } from "../core/figure.js";

/** What was used, as this run measured it. */
export interface Usage {
  rowsRead: number;
  /** Of the columns that were read, as they lie in the files. */
  bytesRead: number;
  rowsLearned: number;
  /** User and system time of this process: decoding and ordering the log; predicting and learning; metrics and drift. */
  cpuSeconds: { reading: number; learning: number; measuring: number };
  peakMemoryBytes: number;
}

/** In dollars. */
export interface Prices {
  cpuHour: number;
  gigabyteRead: number;
}

/** CPU hours of reading and learning x their price + gigabytes (1e9 bytes) read x theirs. Without prices nothing is guessed. */
export function dollars(
  {
    cpuSeconds,
    bytesRead,
    rowsRead,
  }: Pick<Usage, "bytesRead" | "rowsRead"> & {
    cpuSeconds: { reading: number; learning: number };
  },
  prices: Prices | undefined,
): Figure {
  if (prices === undefined) {
    return refusal("no-price", "unbatch.yaml has no prices", "add prices: { cpuHour: …, gigabyteRead: … }");
  }
  const cpuHours = (cpuSeconds.reading + cpuSeconds.learning) / 3600;
  const value = cpuHours * prices.cpuHour + (bytesRead / 1e9) * prices.gigabyteRead;
  return estimate(value, rowsRead, "CPU hours and gigabytes read at the prices of unbatch.yaml");
}

/**
 * What one policy would cost had it read its own rows: its CPU as measured, and its rows at the CPU seconds and bytes
 * that a row of the log took to read in this run.
 */
export function policyDollars(
  cost: { rowsLearned: number; rowsRead: number; cpuSeconds: number },
  reading: { rowsRead: number; bytesRead: number; cpuSeconds: number },
  prices: Prices | undefined,
): Figure {
  const share = cost.rowsRead / reading.rowsRead;
  const cpuSeconds = { reading: reading.cpuSeconds * share, learning: cost.cpuSeconds };
  return dollars({ rowsRead: cost.rowsRead, bytesRead: reading.bytesRead * share, cpuSeconds }, prices);
}

const REPEATS = 9;
/** Some milliseconds: of shorter loops the compiler's time is most of the noise. */
const STEPS = 250_000;

/**
 * How far CPU seconds can be trusted here: the relative standard deviation of one fixed loop, timed nine times in this
 * process. Differences between policies of that size are noise.
 */
export function measurementNoise(cpuSeconds: () => number): Figure {
  const times = Array.from({ length: REPEATS }, () => {
    const before = cpuSeconds();
    let value = 0;
    for (let step = 0; step < STEPS; step++) value = Math.sqrt(value + step);
    // The sum depends on the loop, so that it is not left out.
    return cpuSeconds() - before + (value < 0 ? value : 0);
  }).slice(1);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const squares = times.reduce((sum, time) => sum + (time - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (times.length - 1));
  return estimate(deviation / mean, times.length, "relative standard deviation of a fixed loop");
}
