import type { ByteSource } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { type Json, member, parseJson } from "../json.js";
import { headText, mainFile } from "../main-file.js";
import { malformed } from "../malformed.js";
import { parseUbjson } from "../ubjson.js";
import { parseBinary } from "./binary.js";
import { readLearner } from "./learner.js";

const NAMES = /\.(json|ubj|ubjson|model|bin|deprecated)$/i;
const HEAD_BYTES = 1024;
const MAX_FILE_BYTES = 1 << 29;

type Form = "json" | "ubjson" | "dump" | "binary";

/** XGBoost: save_model as JSON, UBJSON, or the binary form before 3.1. A dump_model is recognised, and refused. */
export const xgboost: SyncReader = {
  format: "xgboost",
  recognises: (tree) => {
    const name = mainFile(tree, NAMES);
    return name !== undefined && formOf(tree.open(name)) !== undefined;
  },
  read(tree): Checkpoint {
    const source = tree.open(mainFile(tree, NAMES) ?? "");
    const form = formOf(source);
    if (form === "dump") throw refusedDump(source);
    if (source.size > MAX_FILE_BYTES)
      throw malformed(source.name, 0, `${source.size} bytes`, `a model of at most ${MAX_FILE_BYTES}`);
    const bytes = source.read(0, source.size);
    const learner = learnerOf(form, bytes, source.name);
    if (!(learner instanceof Map)) throw malformed(source.name, 0, "no learner", "an XGBoost model");
    return { format: `xgboost-${form ?? "json"}`, ...readLearner(learner, source.name) };
  },
};

function formOf(source: ByteSource): Form | undefined {
  const head = headText(source, HEAD_BYTES);
  if (/^\s*\{\s*"(learner|version|Config)"/.test(head)) return /"learner"/.test(head) ? "json" : undefined;
  if (/^\s*\[[\s[]*\{\s*"nodeid"/.test(head)) return "dump";
  if (/^\{[iUIlL]/.test(head) && /learner/.test(head.slice(0, 200))) return "ubjson";
  const isBinary = head.includes("\0") && /(reg|binary|multi|rank|count|survival):[a-z]/.test(head);
  return isBinary && /gb(tree|linear)|dart/.test(head) ? "binary" : undefined;
}

function learnerOf(form: Form | undefined, bytes: Uint8Array, file: string): Json | undefined {
  if (form === "binary") return parseBinary(bytes, file);
  return member(form === "ubjson" ? parseUbjson(bytes, file) : parseJson(bytes, file), "learner");
}

function refusedDump(source: ByteSource): UnbatchError {
  return new UnbatchError({
    where: `${source.name}, byte 0`,
    found: "a dump_model file, which has neither base_score nor objective",
    expected: "the model itself",
    next: 'booster.save_model("model.json")',
  });
}
