import { join } from "node:path";
import { UnbatchError } from "../../core/errors.js";
import { readWhole } from "../../io/files.js";
import { compareText } from "../../report/compare-text.js";
import { replayText } from "../../report/replay-text.js";

const MAX_BYTES = 1 << 30;

/** A finished replay or comparison, as it was printed. */
export function inspectRun(path: string, kind: "run" | "comparison"): { body: object; text: string } {
  const file = join(path, kind === "run" ? "run.json" : "compare.json");
  const document = parse(new TextDecoder().decode(readWhole(file, MAX_BYTES)), file);
  const schema = kind === "run" ? "unbatch.replay" : "unbatch.compare";
  if (document["schema"] !== schema || document["version"] !== 1) {
    throw new UnbatchError({
      where: file,
      found: `schema ${String(document["schema"])}, version ${String(document["version"])}`,
      expected: `${schema}, version 1`,
      next: "make it again with this version of unbatch",
    });
  }
  // Written by this tool and checked by its schema and version: the shapes are those of the report.
  const body = document as never;
  const text = kind === "run" ? replayText(body) : compareText(body);
  return { body: { kind, path, result: document }, text };
}

function parse(text: string, file: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new UnbatchError({
      where: file,
      found: error instanceof Error ? error.message : String(error),
      expected: "a JSON document",
      next: "make it again",
    });
  }
}
