/** `npm run reference -- DIR`: every implementation beside the reference numbers of a folder. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checks } from "./checks.js";
import { isAllowed } from "./skips.js";
import { Tally } from "./tally.js";

const SHOWN = 20;
const folder = process.argv[2] ?? process.env["UNBATCH_REFERENCE"];
if (folder === undefined || !existsSync(folder)) {
  const found = folder === undefined ? "no folder" : `${folder}, which does not exist`;
  process.stderr.write(`npm run reference -- DIR: ${found}; give one, or set UNBATCH_REFERENCE\n`);
  process.exit(2);
}

let failed = false;
let present = 0;
const line = (...cells: (string | number)[]): void => {
  const [name = "", ...numbers] = cells.map(String);
  console.log(name.padEnd(18) + numbers.map((cell) => cell.padStart(11)).join(""));
};
line("file", "compared", "within", "worst", "skipped");
for (const { file, run } of checks) {
  const path = join(folder, file);
  if (!existsSync(path)) continue;
  present += 1;
  const tally = new Tally();
  await run(JSON.parse(readFileSync(path, "utf8")), tally, process.env["UNBATCH_DATA"]);
  const refused = tally.skipped.filter(({ name }) => !isAllowed(file, name));
  line(file, tally.compared, tally.within, tally.worst.toExponential(1), tally.skipped.length);
  for (const miss of tally.out.slice(0, SHOWN)) console.log(`  out: ${miss}`);
  if (tally.out.length > SHOWN) console.log(`  and ${tally.out.length - SHOWN} more out`);
  for (const { name, why } of refused) console.log(`  skipped: ${name}: ${why}`);
  if (tally.out.length > 0 || refused.length > 0 || tally.compared === 0) failed = true;
}
if (present === 0) {
  process.stderr.write(`${folder} holds none of ${checks.map(({ file }) => file).join(", ")}\n`);
  process.exit(2);
}
process.exit(failed ? 1 : 0);
