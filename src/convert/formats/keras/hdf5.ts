import type { ByteSource } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import { elementCount, type Tensor, type TensorValues } from "../../../core/tensor.js";
import { decodeValues } from "../decode-values.js";
import { malformed } from "../malformed.js";

type Library = typeof import("h5wasm");
type Metadata = import("h5wasm").Metadata;

/** The library holds a file and what it reads of it in 32-bit memory. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
const MAX_OBJECTS = 50_000;
const MAX_DEPTH = 32;
/** Keras does not compress; who does gains a few times, not hundreds. */
const MAX_GROWTH = 100;
const SLACK_BYTES = 1 << 20;
const ARCHIVE = "/checkpoint.h5";

export interface Hdf5 {
  /** Datasets of numbers by their path, without the leading `/`; values are read on demand. */
  datasets: ReadonlyMap<string, Tensor>;
  /** Texts that stand as attributes of the root. */
  texts: ReadonlyMap<string, string>;
  notes: readonly string[];
}

/**
 * An HDF5 file through h5wasm, which sees a copy in memory and no file system. Errors: links that lead out of the
 * file, virtual datasets, more than 50,000 objects or 32 levels, a dataset far larger than the file could hold.
 */
export async function openHdf5(source: ByteSource): Promise<Hdf5> {
  if (source.size > MAX_FILE_BYTES)
    throw malformed(source.name, 0, `${source.size} bytes`, `an HDF5 file of at most ${MAX_FILE_BYTES}`);
  if (stoppedOver !== undefined) throw stopped(source.name, stoppedOver);
  const library = await import("h5wasm");
  const file = new OpenedFile(source, library, await library.ready);
  return file.contents();
}

/** The library is one for the process; its memory is not to be trusted any more after a damaged file broke it. */
let stoppedOver: string | undefined;

function stopped(file: string, over: string): UnbatchError {
  return new UnbatchError({
    where: file,
    found: `nothing, since the HDF5 library stopped over ${over}`,
    expected: "a process of its own for this file",
    next: "run the command again for this file alone",
  });
}

/** Of the library's trace of calls the outermost: which function, and what failed. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, call, reason] = / in (H5\w+)\(\): ([^\n]+)/.exec(text) ?? [];
  return call === undefined ? (text.split("\n")[0] ?? "").slice(0, 200) : `${call}: ${reason}`;
}

class OpenedFile {
  readonly #source: ByteSource;
  readonly #library: Library;
  readonly #module: Awaited<Library["ready"]>;
  readonly #datasets = new Map<string, Tensor>();
  readonly #notes: string[] = [];
  #objects = 0;

  constructor(source: ByteSource, library: Library, module: Awaited<Library["ready"]>) {
    this.#source = source;
    this.#library = library;
    this.#module = module;
  }

  contents(): Hdf5 {
    const texts = this.#with((file) => {
      this.#walk(file.file_id, "", 0);
      return this.#texts(file);
    });
    return { datasets: this.#datasets, texts, notes: this.#notes };
  }

  /** What the library throws, whatever it is, is the file's fault. */
  #with<Result>(use: (file: import("h5wasm").File) => Result): Result {
    const { FS } = this.#module;
    try {
      this.#module.activate_throwing_error_handler();
      FS.writeFile(ARCHIVE, this.#source.read(0, this.#source.size));
      const file = new this.#library.File(ARCHIVE, "r");
      try {
        return use(file);
      } finally {
        file.close();
      }
    } catch (error) {
      if (error instanceof UnbatchError) throw error;
      // WebAssembly.RuntimeError: an access out of bounds, an abort.
      if (error instanceof Error && error.name === "RuntimeError") stoppedOver = this.#source.name;
      throw this.#bad(`HDF5: ${wordsOf(error)}`, "a whole HDF5 file");
    } finally {
      if (FS.analyzePath(ARCHIVE).exists) FS.unlink(ARCHIVE);
    }
  }

  #walk(file: bigint, group: string, depth: number): void {
    if (depth > MAX_DEPTH)
      throw this.#bad(
        `${group.slice(0, 100)}: a group that holds itself, or too many levels`,
        `${MAX_DEPTH} levels`,
      );
    for (const name of this.#module.get_names(file, group === "" ? "/" : group, false)) {
      this.#objects += 1;
      if (this.#objects > MAX_OBJECTS) throw this.#bad(`more than ${MAX_OBJECTS} objects`, "a model's file");
      const path = `${group}/${name}`;
      // A soft link inside the file counts as what it leads to; these types are left where it leads nowhere, or out.
      const type = this.#module.get_type(file, path);
      if (type === this.#module.H5G_GROUP) this.#walk(file, path, depth + 1);
      else if (type === this.#module.H5G_DATASET) this.#add(file, path);
      else if (type === this.#module.H5G_LINK || type === this.#module.H5G_UDLINK)
        throw this.#bad(
          `${path}: a link that leads out of the file, or nowhere`,
          "data inside the file; save the model again",
        );
    }
  }

  #add(file: bigint, path: string): void {
    const metadata = this.#module.get_dataset_metadata(file, path);
    if ((metadata.virtual_sources?.length ?? 0) > 0)
      throw this.#bad(`${path}: a virtual dataset, whose data is in other files`, "data inside the file");
    const name = path.slice(1);
    const shape = metadata.shape ?? [];
    const dtype = dtypeOf(metadata);
    if (dtype === undefined || metadata.shape === null) {
      this.#notes.push(`${name}: no numbers of a type that is read, left alone`);
      return;
    }
    const bytes = elementCount(shape) * metadata.size;
    const most = (metadata.chunks === null ? 1 : MAX_GROWTH) * this.#source.size + SLACK_BYTES;
    if (!Number.isSafeInteger(bytes) || bytes > most) {
      throw this.#bad(
        `${path}: ${bytes} bytes for [${shape.join(", ")}] in a file of ${this.#source.size}`,
        metadata.chunks === null ? "data inside the file" : `at most ${MAX_GROWTH} times the file's size`,
      );
    }
    this.#datasets.set(name, {
      name,
      shape: [...shape],
      dtype,
      values: () => this.#values(path, dtype, bytes),
    });
  }

  #values(path: string, dtype: string, size: number): TensorValues {
    if (size === 0) return decodeValues(dtype, new Uint8Array(0));
    return this.#with(({ file_id }) => {
      const at = this.#module._malloc(size);
      if (Number(at) === 0) throw this.#bad(`${path}: ${size} bytes`, "what fits into 32-bit memory");
      try {
        this.#module.get_dataset_data(file_id, path, null, null, null, BigInt(at));
        return decodeValues(dtype, this.#module.HEAPU8.slice(at, at + size));
      } finally {
        this.#module._free(at);
      }
    });
  }

  #texts(file: import("h5wasm").File): Map<string, string> {
    const texts = new Map<string, string>();
    for (const [name, attribute] of Object.entries(file.attrs)) {
      const { size, total_size, type } = attribute.metadata;
      if (type !== STRING || size * total_size > this.#source.size) continue;
      const { value } = attribute;
      if (typeof value === "string") texts.set(name, value);
    }
    return texts;
  }

  #bad(found: string, expected: string): UnbatchError {
    return malformed(this.#source.name, 0, found, expected);
  }
}

/** H5T_class_t. */
const [INTEGER, FLOAT, STRING, ENUMERATION] = [0, 1, 3, 8];

function dtypeOf({ type, size, signed, littleEndian }: Metadata): string | undefined {
  if (!littleEndian && size > 1) return undefined;
  if (type === FLOAT && [2, 4, 8].includes(size)) return `float${size * 8}`;
  // h5py keeps booleans as an enumeration of bytes.
  if (type === ENUMERATION && size === 1) return "bool";
  const integer = `${signed ? "int" : "uint"}${size * 8}`;
  return type === INTEGER && [1, 2, 4, 8].includes(size) && integer !== "uint64" ? integer : undefined;
}
