import type { ByteSource } from "../../../core/bytes.js";
import type { Tensor } from "../../../core/tensor.js";
import { checkNames } from "../check-names.js";
import { decodeValues } from "../decode-values.js";
import { malformed } from "../malformed.js";
import type { Dataset } from "./hdf5-library.js";
import { askHdf5 } from "./hdf5-thread.js";
import type { Hdf5Answer, Hdf5Request } from "./hdf5-worker.js";

/** The library holds a file and what it reads of it in 32-bit memory. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

export interface Hdf5 {
  /** Datasets of numbers by their path, without the leading `/`; values are read on demand. */
  datasets: ReadonlyMap<string, Tensor>;
  /** Texts that stand as attributes of the root. */
  texts: ReadonlyMap<string, string>;
  notes: readonly string[];
}

/**
 * An HDF5 file through h5wasm, which sees a copy in memory and no file system. Errors: what contentsOf refuses, a damaged
 * file, one that the library does not end with.
 */
export function openHdf5(source: ByteSource): Hdf5 {
  if (source.size > MAX_FILE_BYTES)
    throw malformed(source.name, 0, `${source.size} bytes`, `an HDF5 file of at most ${MAX_FILE_BYTES}`);
  const owner = {};
  const ask = <Kind extends Hdf5Request["kind"]>(
    request: Hdf5Request & { kind: Kind },
  ): Hdf5Answer & { kind: Kind } => {
    const answer = askHdf5(request, owner, () => source.read(0, source.size));
    if (answer === undefined)
      throw malformed(source.name, 0, "HDF5: its library did not come to an end", "a whole HDF5 file");
    if (answer.kind === "refused") throw malformed(source.name, 0, answer.found, answer.expected);
    return answer as Hdf5Answer & { kind: Kind };
  };
  const { datasets, texts, notes } = ask({ kind: "contents" }).contents;
  checkNames(
    datasets.map(({ path }) => path),
    source.name,
  );
  const tensorOf = ({ path, shape, dtype, bytes }: Dataset): Tensor => ({
    name: path.slice(1),
    shape,
    dtype,
    values: () =>
      decodeValues(dtype, bytes === 0 ? new Uint8Array(0) : ask({ kind: "values", path, bytes }).values),
  });
  return { datasets: new Map(datasets.map((one) => [one.path.slice(1), tensorOf(one)])), texts, notes };
}
