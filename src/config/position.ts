import { type Document, isMap, isNode, isScalar, type LineCounter } from "yaml";
import type { Problem } from "./problem.js";

export interface Position {
  line: number;
  column: number;
}

/** Line and column of the problem, or of the deepest part of its path that the file has. */
export function positionOf(document: Document, lines: LineCounter, { path, at }: Problem): Position {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const node = document.getIn(path.slice(0, length), true);
    const wantsValue = at !== "key" && length === path.length && isScalar(node) && node.source !== "";
    if (isMap(parent) && !wantsValue) {
      const last = String(path[length - 1]);
      const pair = parent.items.find(({ key }) => isNode(key) && String(key.toJSON()) === last);
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return place(lines, pair.key.range[0]);
    }
    if (isNode(node) && node.range) return place(lines, node.range[0]);
  }
  return { line: 1, column: 1 };
}

export function place(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
