import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Config } from "../../config/config.js";
import type { VocabularyRows } from "../../convert/bound.js";
import type { Converted } from "../../convert/convert.js";
import { generatedRows } from "../../convert/parity/generated.js";
import { parseGolden } from "../../convert/parity/golden.js";
import { goldenRows, logRows } from "../../convert/parity/log-rows.js";
import type { ParityRows } from "../../convert/parity/rows.js";
import type { ReadVocabulary } from "../../convert/vocabularies.js";
import { type ByteSource, byteStretches, type FileTree } from "../../core/bytes.js";
import { UnbatchError } from "../../core/errors.js";
import { VERSION } from "../../core/version.js";
import { kindOf, readWhole } from "../../io/files.js";
import { openLog } from "../../io/log-source.js";
import { readVocabularyFile } from "../../io/vocabulary-file.js";
import type { ModelRecord } from "../../model/record.js";

const MAX_GOLDEN_BYTES = 2 ** 28;

/** Where files that unbatch.yaml names are looked for, in this order. */
export interface Places {
  assets: string | undefined;
  tree: FileTree;
  /** The folder of the checkpoint, or the checkpoint itself where it is one. */
  checkpoint: string;
  /** The folder of unbatch.yaml. */
  config: string;
}

export function placesOf(
  checkpointPath: string,
  tree: FileTree,
  options: { assets?: string; config?: string },
): Places {
  return {
    assets: options.assets,
    tree,
    checkpoint: kindOf(checkpointPath) === "folder" ? checkpointPath : dirname(checkpointPath),
    config: dirname(options.config ?? "unbatch.yaml"),
  };
}

export function vocabularyReader(places: Places): ReadVocabulary {
  return (file, key) => readVocabularyFile(find(places, file), key);
}

function find(places: Places, file: string): string {
  const { assets, tree, checkpoint, config } = places;
  const inside = [`assets/${file}`, file].find((name) => tree.list().includes(name));
  // Opening it refuses a link that leads out of the checkpoint's folder.
  if (inside !== undefined) tree.open(inside);
  const tried = [
    ...(assets === undefined ? [] : [join(assets, file), join(assets, basename(file))]),
    ...(inside === undefined ? [join(checkpoint, file)] : [join(checkpoint, inside)]),
    join(config, file),
  ];
  const found = (isAbsolute(file) ? [file] : tried).find((path) => kindOf(path) === "file");
  if (found !== undefined) return found;
  throw new UnbatchError({
    where: "unbatch.yaml",
    found: `no file ${JSON.stringify(file)}`,
    expected: `one of ${tried.join(", ")}`,
    next: "give the folder of the vocabularies with --assets",
  });
}

/** Rows to prove the conversion on; see the help of convert for which. */
export async function parityRows(
  places: Places,
  vocabularies: ReadonlyMap<string, VocabularyRows>,
  config: Config,
  columns: readonly string[],
  options: {
    golden?: string;
    log?: string[];
    rows: number;
    edges?: ReadonlyMap<string, readonly number[]>;
  },
): Promise<ParityRows> {
  const told = config.checkpoint?.golden;
  const names = {
    columns: told?.columns ?? {},
    score: told?.score ?? "logit",
    scale: told?.scale ?? ("logit" as const),
    rows: told?.rows ?? {},
  };
  if (options.golden === undefined && options.log !== undefined) {
    return logRows(await openLog(options.log), columns, options.rows);
  }
  const beside = ["golden.json", "golden.parquet"]
    .map((name) => join(places.checkpoint, name))
    .find((path) => existsSync(path));
  const golden = options.golden ?? (told === undefined ? beside : find(places, told.file));
  if (golden === undefined) return generatedRows(config, vocabularies, options.rows, options.edges);
  if (/\.(parquet|parq)$/i.test(golden)) return goldenRows(await openLog([golden]), columns, names, golden);
  return parseGolden(new TextDecoder().decode(readWhole(golden, MAX_GOLDEN_BYTES)), columns, names, golden);
}

/** What model.json keeps of where the model came from; the proof is added once there is one. */
export function recordOf(
  checkpointPath: string,
  tree: FileTree,
  { source, tensors, slots }: Converted,
): ModelRecord {
  const { config, checkpoint } = source;
  const trained = config.checkpoint?.trained;
  const files = tree.list().filter((name) => !/^golden\.(json|parquet)$/.test(name));
  return {
    writtenBy: VERSION,
    source: {
      kind: "checkpoint",
      format: checkpoint.format,
      name: basename(checkpointPath),
      sha256: Object.fromEntries(files.map((name) => [name, sha256(tree.open(name))])),
    },
    tensors: [...tensors, ...slots],
    ...(trained === undefined
      ? {}
      : { trained: { throughShownAtMicros: trained.throughShownAt, labelsAsOfMicros: trained.labelsAsOf } }),
    log: config.log,
  };
}

function sha256(source: ByteSource): string {
  const hash = createHash("sha256");
  for (const bytes of byteStretches(source)) hash.update(bytes);
  return hash.digest("hex");
}
