import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { openCheckpoint } from "../../src/convert/open.js";
import { UnbatchError } from "../../src/core/errors.js";
import { openTree } from "../../src/io/files.js";

/** What became of a file, or of a folder that is one checkpoint. */
export interface Outcome {
  /** `made/…` or `data/…`; a folder's ends with a slash. */
  file: string;
  path: string;
  outcome: "read" | "refused" | "beside";
  /** What it holds, or why it is not read. */
  why: string;
  /** Of a form that is refused, the nearest way round; none for a file that is damaged or hostile. */
  wayRound?: string;
}

/** Formats whose unit is a folder, or several files of one. */
const FOLDERS = new Set(["tensorflow-savedmodel", "spark-als", "tfjs-layers", "tfjs-graph"]);

/** What stands beside checkpoints. */
const BESIDE: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)(README|SOURCES)\.md$|LICENSE/, "documentation"],
  [/(^|\/)(gen_|common)[^/]*\.(py|mjs)$/, "a script that made fixtures"],
  [
    /(^|\/)(golden[^/]*|networks\/[^/]*)\.json$|pred(ict|ictions)?(_leaves)?(\.txt)?$|true_.*predictions\.txt$/,
    "golden numbers",
  ],
  [/(^|\/)(vocab|ids)\.json$|vocabulary\//, "ids"],
  [/test_data_set|\.(tsv|libsvm|dat|test)$|_data\.txt$|features\.txt$|(^|\/)parquet\//, "data"],
  [/(metrics\w*|meta|config)\.json$/, "settings and metrics"],
  [/(^|\/)checkpoint$/, "names the latest checkpoint beside it"],
  [/external.*\.bin$|weights\.bin$|group1-shard/, "data of the model beside it"],
];

/** Every file below a folder once, those of one checkpoint together; each value of each tensor was decoded. */
export async function outcomesOf(root: string): Promise<Outcome[]> {
  const files = filesBelow(root);
  const wholes = await foldersThatAreOne(root, files);
  const named = basename(root) === "made" ? "made" : "data";
  const outcomes: Outcome[] = [];
  const shown = new Set<string>();
  for (const file of files) {
    const folder = wholes.get(file);
    const path = folder ?? file;
    if (shown.has(path)) continue;
    shown.add(path);
    const name = `${named}/${relative(root, path)}${folder === undefined ? "" : "/"}`;
    outcomes.push({ file: name, path, ...(await outcomeOf(path, folder === undefined ? name : undefined)) });
  }
  return outcomes;
}

/** File -> the folder that is one checkpoint with it. */
async function foldersThatAreOne(root: string, files: readonly string[]): Promise<Map<string, string>> {
  const parts = new Map<string, string>();
  for (const folder of [...new Set(files.map((file) => dirname(file)))].sort()) {
    for (const one of [folder, dirname(folder)].filter((path) => path.length > root.length)) {
      const read = await attempt(one);
      if (read instanceof UnbatchError || !FOLDERS.has(read.format)) continue;
      for (const file of files) if (file.startsWith(`${one}/`)) parts.set(file, one);
    }
  }
  return parts;
}

async function outcomeOf(path: string, file: string | undefined): Promise<Omit<Outcome, "file" | "path">> {
  const read = await attempt(path);
  if (!(read instanceof UnbatchError)) return { outcome: "read", why: read.words };
  const { where = "", found, expected = "", next } = read.parts;
  if (file !== undefined && expected.startsWith("a checkpoint of")) {
    const beside = BESIDE.find(([pattern]) => pattern.test(file))?.[1];
    if (beside !== undefined) return { outcome: "beside", why: beside };
    if (statSync(path).size === 0) return { outcome: "beside", why: "empty" };
  }
  const byte = /, (byte \d+)$/.exec(where)?.[1];
  const why = byte === undefined ? found : `${byte}: ${found}`;
  const isDamaged = next === undefined || next.startsWith("save or copy the checkpoint again");
  return { outcome: "refused", why, ...(isDamaged ? {} : { wayRound: next }) };
}

async function attempt(path: string): Promise<{ format: string; words: string } | UnbatchError> {
  try {
    const { format, tensors, slots, vocabularies, trees } = await openCheckpoint(openTree(path));
    for (const { values } of tensors.values()) values();
    for (const { slots: own } of slots) for (const { values } of own.values()) values();
    const words = [
      format,
      ...(tensors.size === 0 ? [] : [`${tensors.size} tensors`]),
      ...(slots.length === 0 ? [] : [`slots of ${slots.length} (${slots[0]?.optimizer})`]),
      ...[...vocabularies].slice(0, 4).map(([key, ids]) => `${ids.size} ids ${key}`),
      ...(trees === undefined ? [] : [`${trees.trees.length} trees`]),
    ];
    return { format, words: words.join(", ") };
  } catch (error) {
    if (error instanceof UnbatchError) return error;
    throw error;
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}
