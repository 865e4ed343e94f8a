import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { Logged } from "../../../src/convert/parity/rows.js";
import { openLog } from "../../../src/io/log-source.js";
import { inProcess } from "../../support/in-process.js";
import { readColumns } from "../../support/parquet.js";
import { converted, convertedAlone } from "../convert.js";
import { type Golden, type Proof, TOLERANCE } from "../golden.js";
import { json } from "../read.js";

const MODEL = "tf_savedmodel/taxi_wide_deep_estimator";

interface Reference {
  features: { column: string }[];
  /** Row of the log, logit, label. */
  rows: [number, number, number][];
}

/** TFX's wide & deep estimator over Chicago's taxi trips: `init` writes unbatch.yaml from the graph, `convert` takes it as it is. */
export function taxiGoldens(data: string, reference: string): Golden[] {
  const savedModel = join(data, MODEL);
  const log = join(data, "parquet/tfx_taxi_data.parquet");
  const against = "the reference's logits of real trips, from raw columns";
  const ofCheckpoint = (part: string): Golden => ({
    file: `data/tf_checkpoint/taxi_wide_deep_ckpt/model.ckpt-1000.${part}`,
    against,
    tolerance: TOLERANCE,
    prove: (path) => prove(path, ["--graph", savedModel], ["--assets", `${savedModel}/assets`]),
  });
  return [
    { file: `data/${MODEL}/`, against, tolerance: TOLERANCE, prove: (path) => prove(path, [], []) },
    {
      file: "data/tf_savedmodel/taxi_estimator_2shards/",
      against:
        "the source's tensors against the online model, on trips of the log (no outputs were published)",
      tolerance: TOLERANCE,
      prove: async (path) => convertedAlone(path, await proposed(path, log, []), ["--log", log]),
    },
    ...["data-00000-of-00001", "index", "meta"].map(ofCheckpoint),
  ];

  async function prove(path: string, init: readonly string[], options: readonly string[]): Promise<Proof> {
    const { features, rows } = json<Reference>(join(reference, "taxi.json"));
    const config = await proposed(path, log, init);
    const names = features.map(({ column }) => column);
    const columns = await readColumns(await openLog([log]), names);
    const chosen = (name: string): Logged[] => rows.map(([row]) => columns[name]?.[row] as Logged);
    return await converted(path, {
      config,
      columns: Object.fromEntries(names.map((name) => [name, chosen(name)])),
      scores: rows.map(([, logit]) => logit),
      options,
    });
  }
}

/** unbatch.yaml as `init` writes it. */
async function proposed(path: string, log: string, options: readonly string[]): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "unbatch-golden-"));
  try {
    const out = join(folder, "unbatch.yaml");
    const { code, stderr } = await inProcess(["init", path, log, ...options, "--out", out, "--quiet"]);
    if (code !== 0) throw new Error(stderr);
    return parse(readFileSync(out, "utf8")) as object;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
