// Every file of the folders given: read or refused, and why, as the table of docs/formats.md.
//   node bench/formats-table.mjs fixtures/made $UNBATCH_DATA/checkpoints          prints it
//   node bench/formats-table.mjs --write fixtures/made $UNBATCH_DATA/checkpoints  puts it into docs/formats.md
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../dist/convert/open.js";
import { UnbatchError } from "../dist/core/errors.js";
import { openTree } from "../dist/io/files.js";

const DOCUMENT = fileURLToPath(new URL("../docs/formats.md", import.meta.url));
const [BEGIN, END] = ["<!-- files: begin -->", "<!-- files: end -->"];
/** Formats whose unit is a folder, or several files of one. */
const FOLDERS = new Set(["tensorflow-savedmodel", "spark-als", "tfjs-layers", "tfjs-graph"]);
/** What stands beside checkpoints. */
const BESIDE = [
  [/(^|\/)(README|SOURCES)\.md$|LICENSE/, "documentation"],
  [/(^|\/)(gen_|common)[^/]*\.(py|mjs)$/, "a script that made fixtures"],
  [
    /(^|\/)golden[^/]*\.json$|pred(ict|ictions)?(_leaves)?(\.txt)?$|true_.*predictions\.txt$/,
    "golden numbers",
  ],
  [/(^|\/)(vocab|ids)\.json$|vocabulary\//, "ids"],
  [/test_data_set|\.(tsv|libsvm|dat|test)$|_data\.txt$|features\.txt$|(^|\/)parquet\//, "data"],
  [/(metrics\w*|meta|config)\.json$/, "settings and metrics"],
  [/(^|\/)checkpoint$/, "names the latest checkpoint beside it"],
  [/lr\.json$/, "numbers of a golden; the same model is read as .npz and .onnx"],
  [/external.*\.bin$|weights\.bin$|group1-shard/, "data of the model beside it"],
];

const args = process.argv.slice(2);
const write = args[0] === "--write";
const roots = write ? args.slice(1) : args;
const rows = [];
for (const root of roots) await addRoot(root);
const table = [
  `${rows.filter(({ outcome }) => outcome === "read").length} files are read, ${rows.filter(({ outcome }) => outcome === "refused").length} refused, ${rows.filter(({ outcome }) => outcome === "-").length} are no checkpoints.`,
  "",
  "| file | | what it holds, or why not |",
  "|---|---|---|",
  ...rows.map(({ file, outcome, why }) => `| ${file} | ${outcome} | ${why.replaceAll("|", "\\|")} |`),
];
if (write) {
  const text = readFileSync(DOCUMENT, "utf8");
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  writeFileSync(DOCUMENT, `${text.slice(0, from)}\n${table.join("\n")}\n${text.slice(to)}`);
} else {
  console.log(table.join("\n"));
}

/** @param {string} root */
async function addRoot(root) {
  const files = filesBelow(root);
  const parts = new Map();
  for (const folder of [...new Set(files.map((file) => dirname(file)))].sort()) {
    const candidates = [folder, dirname(folder)].filter((one) => one.length > root.length);
    for (const one of candidates) {
      const checkpoint = await attempt(one);
      if (!("format" in checkpoint) || !FOLDERS.has(checkpoint.format)) continue;
      for (const file of files.filter((name) => name.startsWith(`${one}/`))) parts.set(file, one);
    }
  }
  const named = basename(root) === "made" ? "made" : "data";
  const shown = new Set();
  for (const file of files) {
    const folder = parts.get(file);
    const path = folder ?? file;
    if (shown.has(path)) continue;
    shown.add(path);
    const name = `${named}/${relative(root, path)}${folder === undefined ? "" : "/"}`;
    rows.push({ file: name, ...(await outcomeOf(path, relative(root, file), folder !== undefined)) });
  }
}

/** @param {string} path @param {string} name @param {boolean} isFolder */
async function outcomeOf(path, name, isFolder) {
  const result = await attempt(path);
  if ("format" in result) return { outcome: "read", why: result.words };
  const beside = isFolder ? undefined : BESIDE.find(([pattern]) => pattern.test(name))?.[1];
  const isUnknown = result.expected?.startsWith("a checkpoint of") === true;
  if (isUnknown && beside !== undefined) return { outcome: "-", why: beside };
  if (isUnknown && statSync(path).size === 0) return { outcome: "-", why: "empty" };
  return { outcome: "refused", why: `${result.at}${result.found}` };
}

/** @param {string} path */
async function attempt(path) {
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
    if (!(error instanceof UnbatchError)) throw error;
    const { where = "", found, expected } = error.parts;
    const byte = /, byte \d+$/.exec(where)?.[0].replace(", ", "") ?? "";
    return { found, expected, at: byte === "" ? "" : `${byte}: ` };
  }
}

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}
