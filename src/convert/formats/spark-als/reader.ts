import type { FileTree } from "../../../core/bytes.js";
import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, CheckpointReader } from "../../checkpoint.js";
import { type Json, member, parseJson } from "../json.js";
import { malformed } from "../malformed.js";
import { unsupported } from "../unsupported.js";
import { type Factors, readFactors } from "./factors.js";

const METADATA = /^metadata\/part-\d+[^/]*$/;
const MAX_METADATA_BYTES = 1 << 20;
const TABLES = ["userFactors", "itemFactors"] as const;

/** Spark's ALSModel: a folder of JSON metadata and two tables of `id` and `features` in Parquet. */
export const sparkAls: CheckpointReader = {
  format: "spark-als",
  recognises: (tree) => tree.list().some((name) => METADATA.test(name)),
  async read(tree): Promise<Checkpoint> {
    const { metadata, where } = readMetadata(tree);
    const rank = Number(member(metadata, "rank"));
    if (!Number.isSafeInteger(rank) || rank < 1 || rank > 100_000)
      throw malformed(where, 0, `rank ${String(member(metadata, "rank"))}`, "the length of a vector");
    const tensors = new Map<string, Tensor>();
    const vocabularies = new Map<string, ReadonlyMap<string, number>>();
    for (const table of TABLES) {
      if (partsOf(tree, table).length === 0)
        throw malformed(where, 0, `no Parquet part of ${table} beside it`, "both tables of an ALSModel");
      const factors = await readFactors(tree, partsOf(tree, table), rank);
      tensors.set(table, tensorOf(table, factors, rank));
      vocabularies.set(table, factors.rows);
    }
    const blocks = member(metadata, "defaultParamMap", "blockSize");
    return {
      format: "spark-als",
      tensors,
      slots: [],
      vocabularies,
      hyperparameters: new Map([
        ["rank", rank],
        ...(typeof blocks === "number" ? ([["blockSize", blocks]] as const) : []),
      ]),
      notes: ["regularisation and alpha are not in the file: an ALSModel does not keep them"],
    };
  },
};

function partsOf(tree: FileTree, table: string): string[] {
  return tree
    .list()
    .filter((name) => name.startsWith(`${table}/`) && /\/part-[^/]*\.parquet$/.test(name))
    .sort();
}

function readMetadata(tree: FileTree): { metadata: Json; where: string } {
  const source = tree.open(tree.list().find((name) => METADATA.test(name)) ?? "");
  if (source.size > MAX_METADATA_BYTES)
    throw malformed(source.name, 0, `${source.size} bytes`, "a line of metadata");
  const metadata = parseJson(source.read(0, source.size), source.name);
  const kind = member(metadata, "class");
  if (typeof kind !== "string" || !/\.ALSModel$/.test(kind))
    throw unsupported(
      source.name,
      `a Spark model of the class ${String(kind).slice(0, 80)}`,
      "an ALSModel; of a pipeline the ALSModel among its stages",
      'of a linear model: numpy.savez("model.npz", coef=model.coefficients.toArray(), intercept=[model.intercept])',
    );
  return { metadata, where: source.name };
}

function tensorOf(name: string, { vectors, rows }: Factors, rank: number): Tensor {
  return { name, shape: [rows.size, rank], dtype: "float32", values: () => vectors };
}
