import { UnbatchError } from "../../core/errors.js";
import { refuseExisting, writeFile } from "../../io/atomic.js";
import { jsonDocument } from "../../report/format.js";
import type { ParityDocument } from "../../report/html/parity-page.js";

/** Before anything is converted. Errors: the file is there, or its name is neither of HTML nor of JSON. */
export function refuseReport(path: string, force: boolean): void {
  refuseExisting(path, force);
  if (/\.(html|json)$/i.test(path)) return;
  throw new UnbatchError({
    found: `--report ${path}`,
    expected: "a name that ends in .html or .json",
    next: "--report parity.html",
  });
}

/** The proof as a page, or as the document `unbatch.parity` version 1. Whole or not at all. */
export async function writeParity(path: string, document: ParityDocument, force: boolean): Promise<void> {
  const isPage = /\.html$/i.test(path);
  const { parityPage } = await import("../../report/html/parity-page.js");
  const text = isPage ? parityPage(document) : jsonDocument("parity", document);
  await writeFile(path, { force }, new TextEncoder().encode(text));
}
