import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCheckpoint } from "../../src/convert/open.js";
import { openTree } from "../../src/io/files.js";
import type { ParityReport } from "../../src/model/record.js";
import { inProcess } from "../support/in-process.js";
import type { Conversion, Proof } from "./golden.js";
import { json } from "./read.js";

/** Above any golden's: what `convert` finds is judged by the golden's own tolerance. */
const ANY_DIFFERENCE = "1e300";

/**
 * As a user does it: unbatch.yaml and golden.json in a folder, `unbatch convert` with them, and the parity that stands in
 * the written model.json. Error: the command's own, where it refuses; rows that were not compared.
 */
export async function converted(path: string, conversion: Conversion): Promise<Proof> {
  const { config, columns, scores, scale = "logit", options = [] } = conversion;
  const golden = { document: { ...columns, golden_score: scores }, scale };
  const parity = await parityOf(path, config, golden, options);
  if (parity.source !== "golden" || parity.rows !== scores.length)
    throw new Error(`${parity.rows} ${parity.source} rows were compared, of ${scores.length}`);
  return { difference: parity.maxAbsoluteDifference, compared: parity.rows, unit: "rows" };
}

/** Without anybody's outputs: the source's tensors against the online model, on generated rows or on those of `--log`. */
export async function convertedAlone(
  path: string,
  config: object,
  options: readonly string[] = [],
): Promise<Proof> {
  const parity = await parityOf(path, config, undefined, ["--rows", "500", ...options]);
  if (parity.source === "golden") throw new Error("golden rows, which were not given");
  return { difference: parity.maxAbsoluteDifference, compared: parity.rows, unit: "rows" };
}

async function parityOf(
  path: string,
  config: object,
  golden: { document: object; scale: "logit" | "probability" } | undefined,
  options: readonly string[],
): Promise<ParityReport> {
  const folder = mkdtempSync(join(tmpdir(), "unbatch-golden-"));
  try {
    const [yaml, file, out] = [
      join(folder, "unbatch.yaml"),
      join(folder, "golden.json"),
      join(folder, "model"),
    ];
    const told = "checkpoint" in config ? (config.checkpoint as object) : {};
    const names =
      golden === undefined ? {} : { golden: { file, score: "golden_score", scale: golden.scale } };
    const plain = { version: 1, log: { time: "time" }, learner: { optimizer: { kind: "sgd", rate: 0.1 } } };
    // JSON is YAML.
    writeFileSync(yaml, JSON.stringify({ ...plain, ...config, checkpoint: { ...told, ...names } }));
    if (golden !== undefined) writeFileSync(file, JSON.stringify(golden.document));
    const given = ["--config", yaml, "--tolerance", ANY_DIFFERENCE, "--out", out, "--quiet"];
    const { code, stderr } = await inProcess(["convert", path, ...given, ...options]);
    if (code !== 0) throw new Error(stderr);
    const { record } = json<{ record: { parity: ParityReport } }>(join(out, "model.json"));
    return record.parity;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For files of vectors alone: numbers of a tensor against what another program read or wrote there. */
export async function valuesOf(
  path: string,
  expected: readonly { tensor: string; from: number; values: readonly number[] }[],
): Promise<Proof> {
  const { tensors } = await openCheckpoint(openTree(path));
  let [difference, compared] = [0, 0];
  for (const { tensor, from, values } of expected) {
    const read = tensors.get(tensor)?.values() ?? [];
    for (const [at, value] of values.entries()) {
      const apart = Math.abs(Number(read[from + at]) - value);
      difference = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(difference, apart);
      compared += 1;
    }
  }
  return { difference, compared, unit: "values" };
}
