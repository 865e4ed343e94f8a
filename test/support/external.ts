import { existsSync } from "node:fs";
import { describe } from "vitest";

/** Real logs and third-party checkpoints, never committed. */
export function dataFolder(): string | undefined {
  return folderOf("UNBATCH_DATA");
}

function folderOf(variable: string): string | undefined {
  const folder = process.env[variable];
  if (folder === undefined || folder === "") return undefined;
  if (!existsSync(folder)) throw new Error(`${variable} names ${folder}, which does not exist`);
  return folder;
}

/** A suite that needs an outside folder: runs with its path, or is skipped under a title that names the variable. */
export function describeWith(
  variable: "UNBATCH_DATA" | "UNBATCH_REFERENCE",
  title: string,
  suite: (folder: string) => void,
): void {
  const folder = folderOf(variable);
  if (folder === undefined) describe.skip(`${title} (set ${variable} to run)`, () => {});
  else describe(title, () => suite(folder));
}
