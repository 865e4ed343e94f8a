import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openCheckpoint } from "../../../src/convert/open.js";
import type { ByteSource, FileTree } from "../../../src/core/bytes.js";
import { UnbatchError } from "../../../src/core/errors.js";
import { openTree } from "../../../src/io/files.js";
import type { Files } from "./outcome.js";

/** A checkpoint as it stands on disk: all files that its reader opened. */
export interface Fixture {
  /** For titles. */
  name: string;
  /** As a user names it, without the folders above. */
  path: string;
  files: Files;
}

/** Every file, and every folder that is one checkpoint, below a folder: all that some reader reads or refuses. */
export async function fixturesBelow(root: string): Promise<Fixture[]> {
  const found = new Map<string, Fixture>();
  if (!existsSync(root)) return [];
  for (const path of pathsBelow(root)) {
    const recorded = recording(openTree(path));
    const error: unknown = await openCheckpoint(recorded.tree).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const isUnknown = error instanceof UnbatchError && error.parts.expected?.startsWith("a checkpoint of");
    const files = recorded.files();
    // Index and shards of one bundle lead to the same files.
    const key = JSON.stringify([dirname(path), Object.keys(files)]);
    if (isUnknown === true || Object.keys(files).length === 0 || found.has(key)) continue;
    found.set(key, { name: path.slice(root.length + 1), path: basename(path), files });
  }
  return [...found.values()];
}

function pathsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...pathsBelow(path)] : [path];
    });
}

/** A tree that remembers what was opened, and listed files in the tree's own order. */
function recording(tree: FileTree): { tree: FileTree; files(): Files } {
  const opened = new Map<string, ByteSource>();
  const open = (name: string): ByteSource => {
    const source = tree.open(name);
    opened.set(name, source);
    return source;
  };
  return {
    tree: {
      ...tree,
      open,
      openParquet(names) {
        for (const name of names) open(name);
        return tree.openParquet(names);
      },
    },
    files: () => Object.fromEntries([...opened].map(([name, source]) => [name, source.read(0, source.size)])),
  };
}
