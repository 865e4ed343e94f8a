import type { FileTree } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { malformed } from "../malformed.js";
import { findContents } from "./contents.js";
import { readOptimizerState } from "./optimizer-state.js";
import { lazyTensor } from "./tensor.js";
import { unpickle } from "./unpickle.js";
import { openZip, type ZipArchive } from "./zip.js";

const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];
/** torch.save before 1.6 begins with a pickled magic number. */
const LEGACY_MAGIC = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46];
const MAX_PICKLE_BYTES = 1 << 30;

/** PyTorch: a state_dict, or a dictionary that holds one, as torch.save writes it (ZIP form, since 1.6). */
export const pytorch: SyncReader = {
  format: "pytorch",
  recognises(tree) {
    const file = mainFile(tree);
    return file !== undefined && (startsWith(tree, file, ZIP_MAGIC) || startsWith(tree, file, LEGACY_MAGIC));
  },
  read(tree): Checkpoint {
    const name = mainFile(tree) ?? "";
    const source = tree.open(name);
    if (startsWith(tree, name, LEGACY_MAGIC)) throw legacy(source.name);
    const archive = openZip(source);
    const root = rootOf(archive, source.name);
    const pickled = archive.size(`${root}data.pkl`);
    if (pickled > MAX_PICKLE_BYTES)
      throw malformed(source.name, 0, `a pickle of ${pickled} bytes`, "a smaller one");
    const { value, closed } = unpickle(archive.read(`${root}data.pkl`), `${source.name}/data.pkl`);
    const contents = findContents(value, (found, expected) => malformed(source.name, 0, found, expected));
    const tensors = new Map<string, Tensor>();
    for (const [key, stored] of contents.tensors) {
      tensors.set(key, lazyTensor(key, stored, archive, root, source.name));
    }
    const state =
      contents.optimizer &&
      readOptimizerState(
        contents.optimizer,
        tensors,
        (slot, stored) => lazyTensor(slot, stored, archive, root, source.name),
        source.name,
      );
    return {
      format: "pytorch-zip",
      tensors,
      slots: state?.slots ?? [],
      vocabularies: contents.vocabularies,
      hyperparameters: state?.hyperparameters ?? new Map(),
      notes: [
        ...[...closed].map((name) => `${name}: an object of this class was left closed`),
        ...(state?.notes ?? []),
      ],
    };
  },
};

/** The file that the path names; in a folder the only one that looks like a checkpoint. */
function mainFile(tree: FileTree): string | undefined {
  const names = tree.list();
  const named = tree.path.replace(/^.*[\\/]/, "");
  if (names.includes(named)) return named;
  const likely = names.filter((name) => /\.(pt|pth|th|bin|ckpt)$/i.test(name));
  return likely.length === 1 ? likely[0] : undefined;
}

function startsWith(tree: FileTree, name: string, magic: readonly number[]): boolean {
  const source = tree.open(name);
  if (source.size < magic.length) return false;
  const head = source.read(0, magic.length);
  return magic.every((byte, at) => head[at] === byte);
}

/** The folder inside the archive, `archive/` or the file's own stem; and a check of the byte order. */
function rootOf(archive: ZipArchive, file: string): string {
  const pickles = archive.names().filter((name) => /(^|\/)data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw malformed(file, 0, `${pickles.length} members named data.pkl`, "one, as torch.save writes it");
  }
  const root = pickle.slice(0, -"data.pkl".length);
  const order = `${root}byteorder`;
  if (archive.names().includes(order) && archive.size(order) < 100) {
    const value = new TextDecoder().decode(archive.read(order)).trim();
    if (value !== "little")
      throw malformed(file, 0, `byte order ${value}`, "little; save it on another machine");
  }
  return root;
}

function legacy(file: string): UnbatchError {
  return new UnbatchError({
    where: file,
    found: "a PyTorch file of the form before 1.6",
    expected: "the ZIP form",
    next: "load and save it again: torch.save(torch.load(FILE), NEW_FILE)",
  });
}
