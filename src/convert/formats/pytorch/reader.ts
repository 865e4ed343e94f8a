import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { checkNames } from "../check-names.js";
import { mainFile, startsWith } from "../main-file.js";
import { malformed } from "../malformed.js";
import { findContents } from "./contents.js";
import { LEGACY_MAGIC, openLegacyFile } from "./legacy-file.js";
import { takeManagedCollisions } from "./managed-collisions.js";
import { readOptimizerState } from "./optimizer-state.js";
import type { StoredTensor } from "./pickle-value.js";
import { lazyTensor } from "./tensor.js";
import { openZipFile } from "./zip-file.js";

const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];
const NAMES = /\.(pt|pth|th|bin|ckpt)$/i;

/** PyTorch: a state_dict, or a dictionary or module that holds one, as torch.save and torch.jit.save write it. */
export const pytorch: SyncReader = {
  format: "pytorch",
  recognises(tree) {
    const name = mainFile(tree, NAMES);
    if (name === undefined || /\.(npz|keras|zip)$/i.test(name)) return false;
    const source = tree.open(name);
    return startsWith(source, ZIP_MAGIC) || startsWith(source, LEGACY_MAGIC);
  },
  read(tree): Checkpoint {
    const source = tree.open(mainFile(tree, NAMES) ?? "");
    const open = startsWith(source, LEGACY_MAGIC) ? openLegacyFile : openZipFile;
    const { format, value, closed, storages } = open(source);
    const contents = findContents(value, (found, expected) => malformed(source.name, 0, found, expected));
    checkNames(contents.tensors.keys(), source.name);
    const tensorOf = (key: string, stored: StoredTensor): Tensor => lazyTensor(key, stored, storages);
    const tensors = new Map<string, Tensor>();
    for (const [key, stored] of contents.tensors) tensors.set(key, tensorOf(key, stored));
    const state =
      contents.optimizer && readOptimizerState(contents.optimizer, tensors, tensorOf, source.name);
    const managed = takeManagedCollisions(tensors, source.name);
    return {
      format,
      tensors: managed.tensors,
      slots: state?.slots ?? [],
      vocabularies: new Map([...contents.vocabularies, ...managed.vocabularies]),
      hyperparameters: state?.hyperparameters ?? new Map(),
      notes: [
        // Under __torch__ are the classes of the script itself.
        ...[...closed]
          .filter(([name]) => !name.startsWith("__torch__."))
          .map(([name, at]) => `${name}: an object of this class was left closed (byte ${at} of the pickle)`),
        ...(state?.notes ?? []),
        ...managed.notes,
      ],
    };
  },
};
