import type { PickleValue } from "./pickle-value.js";
import type { StorageFiles } from "./tensor.js";

/** What torch.save wrote, of whichever form: the object, and where the elements of its storages are. */
export interface SavedFile {
  format: "pytorch-zip" | "pytorch-legacy" | "torchscript";
  value: PickleValue;
  /** Classes that were left closed, and the byte of the pickle at which each first stands. */
  closed: ReadonlyMap<string, number>;
  storages: StorageFiles;
}
