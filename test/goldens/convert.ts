import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCheckpoint } from "../../src/convert/open.js";
import { openTree } from "../../src/io/files.js";
import type { ParityReport } from "../../src/model/record.js";
import { inProcess } from "../support/in-process.js";
import type { Conversion, Proof } from "./golden.js";

/** Above any golden's: what `convert` finds is judged by the golden's own tolerance. */
const ANY_DIFFERENCE = "1e300";

/**
 * As a user does it: unbatch.yaml and golden.json in a folder, `unbatch convert` with them, and the parity that stands in
 * the written model.json. Error: the command's own, where it refuses.
 */
export async function converted(path: string, conversion: Conversion): Promise<Proof> {
  const { config, columns, scores, scale = "logit", options = [] } = conversion;
  const folder = mkdtempSync(join(tmpdir(), "unbatch-golden-"));
  try {
    const [yaml, golden, out] = ["unbatch.yaml", "golden.json", "model"].map((name) => join(folder, name));
    if (yaml === undefined || golden === undefined || out === undefined) throw new Error("no names");
    writeFileSync(yaml, JSON.stringify(withGolden(config, golden, scale)));
    writeFileSync(golden, JSON.stringify({ ...columns, golden_score: scores }));
    const given = ["--config", yaml, "--golden", golden, "--tolerance", ANY_DIFFERENCE];
    const { code, stderr } = await inProcess([
      "convert",
      path,
      ...given,
      "--out",
      out,
      "--quiet",
      ...options,
    ]);
    if (code !== 0) throw new Error(stderr);
    return proofOf(out, scores.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** JSON is YAML. */
function withGolden(config: object, file: string, scale: "logit" | "probability"): object {
  const told = "checkpoint" in config ? (config.checkpoint as object) : {};
  return {
    version: 1,
    log: { time: "time" },
    learner: { optimizer: { kind: "sgd", rate: 0.1 } },
    ...config,
    checkpoint: { ...told, golden: { file, score: "golden_score", scale } },
  };
}

function proofOf(model: string, rows: number): Proof {
  const { record } = JSON.parse(readFileSync(join(model, "model.json"), "utf8")) as {
    record: { parity: ParityReport };
  };
  const { parity } = record;
  if (parity.source !== "golden" || parity.rows !== rows)
    throw new Error(`${parity.rows} ${parity.source} rows were compared, of ${rows}`);
  return { difference: parity.maxAbsoluteDifference, compared: parity.rows, unit: "rows" };
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
