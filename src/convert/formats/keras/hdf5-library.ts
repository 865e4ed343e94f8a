import { elementCount } from "../../../core/tensor.js";

type Library = Awaited<typeof import("h5wasm").ready>;
type File = import("h5wasm").File;
type Metadata = import("h5wasm").Metadata;

const MAX_OBJECTS = 50_000;
const MAX_DEPTH = 32;
/** Keras does not compress; who does gains a few times, not hundreds. */
const MAX_GROWTH = 100;
const SLACK_BYTES = 1 << 20;

export interface Dataset {
  /** With its leading `/`. */
  path: string;
  shape: number[];
  dtype: string;
  bytes: number;
}

export interface Hdf5Contents {
  datasets: Dataset[];
  /** Texts that stand as attributes of the root. */
  texts: Map<string, string>;
  notes: string[];
}

/** What is wrong with the file, and what was expected. */
export class Refused extends Error {
  readonly expected: string;

  constructor(found: string, expected: string) {
    super(found);
    this.name = "Refused";
    this.expected = expected;
  }
}

/**
 * What stands in a file of `fileBytes`, without any values. Errors: Refused for links that lead out of the file, virtual
 * datasets, more than 50,000 objects or 32 levels, a dataset far larger than the file could hold.
 */
export function contentsOf(file: File, library: Library, fileBytes: number): Hdf5Contents {
  const walk = new Walk(file.file_id, library, fileBytes);
  walk.group("", 0);
  return { ...walk.contents, texts: textsOf(file, fileBytes) };
}

/** The bytes of a dataset, as `contentsOf` counted them. Error: Refused where they do not fit. */
export function valuesOf(
  { file_id }: File,
  library: Library,
  path: string,
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const at = library._malloc(bytes);
  if (Number(at) === 0) throw new Refused(`${path}: ${bytes} bytes`, "what fits into 32-bit memory");
  try {
    library.get_dataset_data(file_id, path, null, null, null, BigInt(at));
    return new Uint8Array(library.HEAPU8.slice(at, at + bytes));
  } finally {
    library._free(at);
  }
}

class Walk {
  readonly contents: Omit<Hdf5Contents, "texts"> = { datasets: [], notes: [] };
  readonly #file: bigint;
  readonly #library: Library;
  readonly #fileBytes: number;
  #objects = 0;

  constructor(file: bigint, library: Library, fileBytes: number) {
    this.#file = file;
    this.#library = library;
    this.#fileBytes = fileBytes;
  }

  group(group: string, depth: number): void {
    if (depth > MAX_DEPTH)
      throw new Refused(
        `${group.slice(0, 100)}: a group that holds itself, or too many levels`,
        `${MAX_DEPTH} levels`,
      );
    const { H5G_GROUP, H5G_DATASET, H5G_LINK, H5G_UDLINK } = this.#library;
    for (const name of this.#library.get_names(this.#file, group === "" ? "/" : group, false)) {
      this.#objects += 1;
      if (this.#objects > MAX_OBJECTS)
        throw new Refused(`more than ${MAX_OBJECTS} objects`, "a model's file");
      const path = `${group}/${name}`;
      // A soft link inside the file counts as what it leads to; these types are left where it leads nowhere, or out.
      const type = this.#library.get_type(this.#file, path);
      if (type === H5G_GROUP) this.group(path, depth + 1);
      else if (type === H5G_DATASET) this.#add(path);
      else if (type === H5G_LINK || type === H5G_UDLINK)
        throw new Refused(
          `${path}: a link that leads out of the file, or nowhere`,
          "data inside the file; save the model again",
        );
    }
  }

  #add(path: string): void {
    const metadata = this.#library.get_dataset_metadata(this.#file, path);
    if ((metadata.virtual_sources?.length ?? 0) > 0)
      throw new Refused(`${path}: a virtual dataset, whose data is in other files`, "data inside the file");
    const { shape, chunks, size } = metadata;
    const dtype = dtypeOf(metadata);
    if (dtype === undefined || shape === null) {
      this.contents.notes.push(`${path.slice(1)}: no numbers of a type that is read, left alone`);
      return;
    }
    const bytes = elementCount(shape) * size;
    const most = (chunks === null ? 1 : MAX_GROWTH) * this.#fileBytes + SLACK_BYTES;
    if (!Number.isSafeInteger(bytes) || bytes > most) {
      throw new Refused(
        `${path}: ${bytes} bytes for [${shape.join(", ")}] in a file of ${this.#fileBytes}`,
        chunks === null ? "data inside the file" : `at most ${MAX_GROWTH} times the file's size`,
      );
    }
    this.contents.datasets.push({ path, shape: [...shape], dtype, bytes });
  }
}

function textsOf(file: File, fileBytes: number): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, attribute] of Object.entries(file.attrs)) {
    const { size, total_size, type } = attribute.metadata;
    if (type !== STRING || size * total_size > fileBytes) continue;
    const { value } = attribute;
    if (typeof value === "string") texts.set(name, value);
  }
  return texts;
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
