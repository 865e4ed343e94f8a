import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { type Json, type JsonObject, member, parseJson } from "../json.js";
import { headText, mainFile } from "../main-file.js";
import { malformed } from "../malformed.js";

const NAMES = /\.json$/i;
const HEAD_BYTES = 1 << 16;
const MAX_FILE_BYTES = 1 << 28;
/** A hundred bytes can name any number of rows: 32 MB of them at most. */
const MAX_FEATURES = 1 << 22;
const SPELLINGS = ["", "_"];

/**
 * A linear model of scikit-learn as JSON: `coef`, `intercept` as their tolist() gives them, or with the underscore that
 * scikit-learn writes them with; of hashed features also the pairs [index, weight] that are not 0, beside
 * `hasher: { n_features }`. What else stands there is left alone.
 */
export const linearJson: SyncReader = {
  format: "sklearn-json",
  recognises(tree) {
    const name = mainFile(tree, NAMES);
    return name !== undefined && /^\s*\{.*"coef_?"\s*:/s.test(headText(tree.open(name), HEAD_BYTES));
  },
  read(tree): Checkpoint {
    const source = tree.open(mainFile(tree, NAMES) ?? "");
    if (source.size > MAX_FILE_BYTES)
      throw malformed(source.name, 0, `${source.size} bytes`, `a model of at most ${MAX_FILE_BYTES}`);
    const document = parseJson(source.read(0, source.size), source.name);
    if (!(document instanceof Map)) throw malformed(source.name, 0, "no object", "coef and intercept");
    const bad = (found: string, expected: string): Error => malformed(source.name, 0, found, expected);
    const hashed = member(document, "hasher", "n_features");
    const coefficients = weightsOf(either(document, "coef"), hashed, bad);
    const intercept = either(document, "intercept") ?? 0;
    const intercepts = numbersOf(Array.isArray(intercept) ? intercept : [intercept], "intercept", bad);
    return {
      format: "sklearn-json",
      tensors: new Map([
        [
          "coef",
          tensor(
            "coef",
            [coefficients.rows, coefficients.values.length / coefficients.rows],
            coefficients.values,
          ),
        ],
        ["intercept", tensor("intercept", [intercepts.length], intercepts)],
      ]),
      slots: [],
      vocabularies: new Map(),
      hyperparameters: new Map(),
      notes: [
        `left alone: ${
          [...document.keys()]
            .filter((key) => !/^(coef|intercept)_?$/.test(key))
            .slice(0, 20)
            .join(", ") || "nothing"
        }`,
      ],
    };
  },
};

type Bad = (found: string, expected: string) => Error;

function weightsOf(
  coef: Json | undefined,
  hashed: Json | undefined,
  bad: Bad,
): { rows: number; values: Float64Array } {
  if (!Array.isArray(coef) || coef.length === 0) throw bad("no list as coef", "weights");
  if (hashed !== undefined) return { rows: 1, values: spread(coef, hashed, bad) };
  const rows = coef.every(Array.isArray) ? (coef as Json[][]) : [coef];
  const values = rows.map((row) => numbersOf(row, "coef", bad));
  const [first] = values;
  if (first === undefined || first.length === 0 || values.some(({ length }) => length !== first.length))
    throw bad("rows of coef of different lengths", "as many weights in each");
  const all = new Float64Array(values.length * first.length);
  values.forEach((row, at) => {
    all.set(row, at * first.length);
  });
  return { rows: values.length, values: all };
}

/** The pairs that are not 0, in a table of as many rows as the hasher had. */
function spread(pairs: readonly Json[], size: Json, bad: Bad): Float64Array {
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 1 || size > MAX_FEATURES)
    throw bad(`n_features ${String(size).slice(0, 40)}`, `from 1 to ${MAX_FEATURES}`);
  const values = new Float64Array(size);
  for (const pair of pairs) {
    const [index, weight] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    const isPair = typeof index === "number" && Number.isSafeInteger(index) && index >= 0 && index < size;
    if (!isPair || typeof weight !== "number")
      throw bad(`${JSON.stringify(pair).slice(0, 60)} in coef`, `[index below ${size}, weight]`);
    values[index] = weight;
  }
  return values;
}

function numbersOf(list: readonly Json[], name: string, bad: Bad): Float64Array {
  const wrong = list.find((value) => typeof value !== "number");
  if (wrong !== undefined) throw bad(`${JSON.stringify(wrong).slice(0, 60)} in ${name}`, "numbers");
  return Float64Array.from(list as number[]);
}

function either(document: JsonObject, name: string): Json | undefined {
  return SPELLINGS.map((suffix) => document.get(`${name}${suffix}`)).find((value) => value !== undefined);
}

function tensor(name: string, shape: number[], values: Float64Array): Tensor {
  return { name, shape, dtype: "float64", values: () => values };
}
