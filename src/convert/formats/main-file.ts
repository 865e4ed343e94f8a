import type { ByteSource, FileTree } from "../../core/bytes.js";

/** The file that the path names; in a folder the only one whose name fits. */
export function mainFile(tree: FileTree, fits: RegExp): string | undefined {
  const names = tree.list();
  const named = baseName(tree.path);
  if (names.includes(named)) return named;
  const likely = names.filter((name) => fits.test(name));
  return likely.length === 1 ? likely[0] : undefined;
}

export function baseName(path: string): string {
  return path.replace(/[\\/]+$/, "").replace(/^.*[\\/]/, "");
}

export function startsWith(source: ByteSource, magic: readonly number[]): boolean {
  if (source.size < magic.length) return false;
  const head = source.read(0, magic.length);
  return magic.every((byte, at) => head[at] === byte);
}

/** The first bytes of a file as text, for formats that begin with a word. */
export function headText(source: ByteSource, length: number): string {
  return new TextDecoder("latin1").decode(source.read(0, Math.min(length, source.size)));
}
