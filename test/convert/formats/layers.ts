/** Formats inside formats: the parts beneath a container's checksums, and the container made again of changed ones. */
import { gunzipSync, gzipSync } from "node:zlib";
import { readTable } from "../../../src/convert/formats/tensorflow/sstable.js";
import { openZip } from "../../../src/convert/formats/zip.js";
import { memoryBytes } from "../../support/tree.js";
import * as b from "./bundles.js";
import type { Change } from "./changes.js";
import * as p from "./pickles.js";

export interface Layers {
  /** The file with the change in one of its parts (`which` is wrapped). */
  changed(which: number, change: Change): Uint8Array;
}

/** Undefined for a file that is no container, or a broken one. */
export function layersOf(bytes: Uint8Array): Layers | undefined {
  try {
    if (bytes[0] === 0x50 && bytes[1] === 0x4b) return zipLayers(bytes);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      return { changed: (_, change) => gzipSync(change(gunzipSync(bytes))) };
    return bytes.at(-1) === 0xdb && bytes.at(-2) === 0x47 ? tableLayers(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function zipLayers(bytes: Uint8Array): Layers {
  const archive = openZip(memoryBytes("archive", bytes));
  const members = archive.names().map((name): p.Member => ({ name, bytes: archive.read(name) }));
  return {
    changed: (which, change) =>
      p.zip(
        members.map((member, at) =>
          at === which % members.length ? { ...member, bytes: change(member.bytes) } : member,
        ),
      ),
  };
}

/** The index of a TensorBundle: one of its records, or the block that they are written as. */
function tableLayers(bytes: Uint8Array): Layers {
  const records = [...readTable(memoryBytes("index", bytes))];
  return {
    changed(which, change) {
      const at = which % (records.length + 1);
      if (at < records.length)
        return b.table([
          records.map(([key, value], index): b.Record => [key, index === at ? change(value) : value]),
        ]);
      const part = b.sealed(change(b.block(records)));
      const handle = Buffer.concat([b.varint(0), b.varint(part.length - 5)]);
      return b.finished([part], b.sealed(b.block([["z", handle]])));
    },
  };
}
