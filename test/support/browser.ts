import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, describe } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** A suite that needs a browser: runs with one, or is skipped under a title that says how it would run. */
export function describeInBrowser(title: string, suite: (browser: () => Promise<Browser>) => void): void {
  const executablePath = browserPath();
  if (executablePath === undefined) {
    describe.skip(`${title} (install chromium or set UNBATCH_CHROMIUM to run)`, () => {});
    return;
  }
  describe(title, () => {
    let launched: Promise<Browser> | undefined;
    afterAll(async () => (await launched)?.close());
    suite(() => {
      // As root there is no sandbox; the pages are this package's own.
      launched ??= chromium.launch({ executablePath, args: ["--no-sandbox"] });
      return launched;
    });
  });
}

function browserPath(): string | undefined {
  const path = process.env["UNBATCH_CHROMIUM"];
  if (path === undefined || path === "") {
    const folders = (process.env["PATH"] ?? "").split(delimiter);
    return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
  }
  if (!existsSync(path)) throw new Error(`UNBATCH_CHROMIUM names ${path}, which does not exist`);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
