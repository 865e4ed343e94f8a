import type { ByteSource } from "../../../core/bytes.js";
import { elementCount, type Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { distinctIds } from "../distinct-ids.js";
import { mainFile, startsWith } from "../main-file.js";
import { storedNumbers } from "../stored-numbers.js";
import { unsupported } from "../unsupported.js";
import { openZip } from "../zip.js";
import { isNpy, MAX_HEADER_BYTES, npyTexts, npyValues, readNpyHeader } from "./npy.js";

const NAMES = /\.(npy|npz)$/i;
const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];
const HEAD_BYTES = MAX_HEADER_BYTES + 12;

/** One array: its name, its first bytes, its size, and bytes [from, from + length) of it on demand. */
interface ArrayFile {
  name: string;
  where: string;
  size: number;
  head: Uint8Array;
  read(from: number, length: number): Uint8Array;
}

/** NumPy: `.npy`, and `.npz` as `implicit` and np.savez write it. */
export const numpy: SyncReader = {
  format: "numpy",
  recognises(tree) {
    const names = arraysOf(tree.list());
    if (names.length > 1 && mainFile(tree, NAMES) === undefined) return names.length === tree.list().length;
    const name = mainFile(tree, NAMES);
    if (name === undefined) return false;
    const source = tree.open(name);
    return isNpy(source) || (/\.npz$/i.test(name) && startsWith(source, ZIP_MAGIC));
  },
  read(tree): Checkpoint {
    const main = mainFile(tree, NAMES);
    const names = main === undefined ? arraysOf(tree.list()) : [main];
    const checkpoint = {
      format: /\.npz$/i.test(main ?? "") ? "numpy-npz" : "numpy-npy",
      tensors: new Map<string, Tensor>(),
      slots: [],
      vocabularies: new Map<string, ReadonlyMap<string, number>>(),
      hyperparameters: new Map<string, number>(),
      notes: [] as string[],
    };
    const arrays = names.flatMap((name) => filesOf(tree.open(name), name));
    refuseSparse(arrays);
    for (const array of arrays) addArray(array, checkpoint);
    setLabelsAside(checkpoint);
    return checkpoint;
  },
};

/** scikit-learn's classes_ beside its coef_: which labels the outputs are of, and no weights. */
function setLabelsAside({ tensors, notes }: { tensors: Map<string, Tensor>; notes: string[] }): void {
  for (const name of ["classes", "classes_"])
    if ((tensors.has("coef") || tensors.has("coef_")) && tensors.delete(name))
      notes.push(`${name}: the labels, left alone`);
}

/** scipy.sparse.save_npz: the numbers of a matrix, and where they stand, as arrays beside each other. */
function refuseSparse(arrays: readonly ArrayFile[]): void {
  const names = new Set(arrays.map(({ name }) => name));
  const [first] = arrays;
  const isSparse = ["format", "shape", "data"].every((name) => names.has(name));
  if (first === undefined || !isSparse) return;
  throw unsupported(
    first.where.replace(/\/[^/]*$/, ""),
    `a sparse matrix of SciPy (${["indptr", "row", "offsets"].find((name) => names.has(name)) ?? "data"} and data)`,
    "arrays with all of their numbers",
    'np.savez("model.npz", coef=matrix.toarray(), intercept=intercept)',
  );
}

function arraysOf(names: readonly string[]): string[] {
  return names.filter((name) => /\.npy$/i.test(name));
}

function filesOf(source: ByteSource, name: string): ArrayFile[] {
  if (isNpy(source)) {
    return [
      {
        name: name.replace(/^.*\//, "").replace(NAMES, ""),
        where: source.name,
        size: source.size,
        head: source.read(0, Math.min(HEAD_BYTES, source.size)),
        read: (from, length) => source.read(from, length),
      },
    ];
  }
  const archive = openZip(source);
  return archive.names().map((member) => ({
    name: member.replace(/\.npy$/, ""),
    where: `${source.name}/${member}`,
    size: archive.size(member),
    head: archive.head(member, HEAD_BYTES),
    read: (from, length) => archive.part(member, from, length),
  }));
}

/** A number alone is a setting; texts in a row are the ids of a table's rows; the rest are tensors. */
function addArray(
  { name, where, size, head, read }: ArrayFile,
  into: {
    tensors: Map<string, Tensor>;
    vocabularies: Map<string, ReadonlyMap<string, number>>;
    hyperparameters: Map<string, number>;
    notes: string[];
  },
): void {
  const header = readNpyHeader(head, size, where);
  const { content, shape } = header;
  if (content.kind === "text" && shape.length === 1) {
    const ids = npyTexts(header, read(0, size));
    const rows = distinctIds(ids.map((id, row) => [id, row]));
    if (typeof rows !== "string") into.vocabularies.set(name, rows);
    else into.notes.push(`${name}: ${ids.length} texts, ${rows}: left alone`);
  } else if (content.kind !== "numbers") {
    into.notes.push(`${name}: ${content.kind === "text" ? "text" : content.descr}, left alone`);
  } else if (shape.length === 0) {
    into.hyperparameters.set(name, Number(npyValues(header, read(0, size))[0]));
  } else {
    const { dtype } = content;
    const numbers =
      header.isFortran && shape.length > 1
        ? { values: () => npyValues(header, read(0, size)) }
        : storedNumbers(dtype, elementCount(shape), (at, length) => read(header.dataFrom + at, length));
    into.tensors.set(name, { name, shape, dtype, ...numbers });
  }
}
