import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDurationMicros, parseTimeMicros } from "../core/time.js";

/** Options that every command with a result has. */
export interface CommonOptions {
  config?: string;
  json?: boolean;
  quiet?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option("--config <file>", "unbatch.yaml to read (default: ./unbatch.yaml)")
    .option("--json", "print one JSON document on stdout")
    .option("--quiet", "no progress on stderr");
}

export function durationOption(text: string): number {
  const micros = parseDurationMicros(text);
  if (micros === undefined || micros <= 0)
    throw new InvalidArgumentError("expected a duration such as 90s, 15m, 4h, 1d.");
  return micros;
}

export function timeOption(text: string): number {
  const micros = parseTimeMicros(text);
  if (micros === undefined)
    throw new InvalidArgumentError("expected a time such as 2024-05-01 or 2024-05-01T06:00:00Z.");
  return micros;
}

export function countOption(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count <= 0)
    throw new InvalidArgumentError("expected a whole number above 0.");
  return count;
}

export function shareOption(text: string): number {
  const share = Number(text);
  if (!(share > 0 && share < 1))
    throw new InvalidArgumentError("expected a share between 0 and 1, such as 0.01.");
  return share;
}

/** What learns; the kernels give the same bits as the plain terms. */
export function kernelOption(): Option {
  return new Option("--kernel <kernel>", "plain: the terms in TypeScript alone, slower")
    .choices(["auto", "plain"])
    .default("auto");
}

/** The results are the same bits. */
export function threadsOption(): Option {
  return new Option(
    "--threads <n>",
    "1, or 2 cores: one thread reads while another learns and a third measures; networks in float32 learn on both (default: by the log's length, networks on one)",
  ).argParser((text): 1 | 2 => {
    if (text === "1" || text === "2") return text === "2" ? 2 : 1;
    throw new InvalidArgumentError("expected 1 or 2.");
  });
}
