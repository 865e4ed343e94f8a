import type { ByteSource } from "../../../core/bytes.js";
import { malformed } from "../malformed.js";
import { openZip, type ZipArchive } from "../zip.js";
import type { SavedFile } from "./saved-file.js";
import { unpickle } from "./unpickle.js";

const MAX_PICKLE_BYTES = 1 << 30;

/** torch.save since 1.6, and TorchScript: an archive of `data.pkl` and a member for each storage. */
export function openZipFile(source: ByteSource): SavedFile {
  const archive = openZip(source);
  const root = rootOf(archive, source.name);
  const pickled = archive.size(`${root}data.pkl`);
  if (pickled > MAX_PICKLE_BYTES)
    throw malformed(source.name, 0, `a pickle of ${pickled} bytes`, "a smaller one");
  const { value, closed } = unpickle(archive.read(`${root}data.pkl`), `${source.name}/data.pkl`);
  const isScript = archive.names().some((name) => name.startsWith(`${root}code/`));
  return {
    format: isScript ? "torchscript" : "pytorch-zip",
    value,
    closed,
    storages: {
      locate: (key) => ({
        where: `${source.name}/data/${key}`,
        offset: 0,
        bytes: archive.size(`${root}data/${key}`),
      }),
      read: (key, offset, length) => archive.part(`${root}data/${key}`, offset, length),
    },
  };
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
