/** `npm run formats`: the table of docs/formats.md, written from the files of fixtures/made and UNBATCH_DATA. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTable } from "./document.js";
import { madeGoldens, publishedGoldens } from "./list.js";
import { rowsOf, tableOf } from "./table.js";

const DOCUMENT = "docs/formats.md";
const MADE = "fixtures/made";
const [data, reference] = [process.env["UNBATCH_DATA"], process.env["UNBATCH_REFERENCE"]];
if (data === undefined || reference === undefined) {
  process.stderr.write("npm run formats: set UNBATCH_DATA and UNBATCH_REFERENCE to their folders\n");
  process.exit(2);
}
const published = join(data, "checkpoints");
const rows = await rowsOf(
  [MADE, published],
  [...madeGoldens(MADE), ...publishedGoldens(published, reference)],
);
writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, "utf8"), tableOf(rows)));
for (const { file, proofs } of rows)
  for (const { golden, proof } of proofs)
    if (!(proof.difference <= golden.tolerance)) {
      process.stderr.write(`${file}: ${proof.difference}, over ${golden.tolerance}: ${golden.against}\n`);
      process.exitCode = 1;
    }
