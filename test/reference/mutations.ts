import { seededRandom } from "../../src/core/random.js";
import type { Check } from "./check.js";
import { Tally } from "./tally.js";

type Key = string | number;
type Parent = Record<Key, unknown>;

/** A number (or a null) of a parsed document, and where it stands. */
interface Leaf {
  path: readonly Key[];
  parent: Parent;
  key: Key;
}

/** Every leaf below the paths that `isExpected` accepts. */
function leavesOf(value: unknown, isExpected: (path: readonly Key[]) => boolean): Leaf[] {
  const found: Leaf[] = [];
  const visit = (parent: Parent, path: readonly Key[]): void => {
    for (const key of Object.keys(parent)) {
      const child = parent[key];
      const here = [...path, Array.isArray(parent) ? Number(key) : key];
      if (child !== null && typeof child === "object") visit(child as Parent, here);
      else if (isExpected(here)) found.push({ path: here, parent, key });
    }
  };
  visit(value as Parent, []);
  return found;
}

/** Leaves that differ only in their indices, but for the last one (a column), are of one kind. */
function kindOf({ path }: Leaf): string {
  return path.map((key, at) => (typeof key === "number" && at < path.length - 1 ? "*" : key)).join(".");
}

function mutated(value: unknown): unknown {
  if (typeof value === "number") return value === 0 ? 1 : value * (1 + 1e-6);
  return value === null || value === "Infinity" ? 1 : `${value}?`;
}

/**
 * Changes one expected number at a time (by a relative 1e-6; 0 and null to 1), up to `perKind` of each kind, and reruns
 * the check. Returns how many were tried and the paths of those that it did not notice. The document ends as it began.
 */
export async function unnoticedMutations(
  check: Check,
  document: unknown,
  options: { isExpected(path: readonly Key[]): boolean; perKind: number; data?: string | undefined },
): Promise<{ tried: number; kinds: number; unnoticed: string[] }> {
  const kinds = new Map<string, Leaf[]>();
  for (const leaf of leavesOf(document, options.isExpected)) {
    const kind = kinds.get(kindOf(leaf));
    if (kind === undefined) kinds.set(kindOf(leaf), [leaf]);
    else kind.push(leaf);
  }
  const asItIs = new Tally();
  await check.run(document, asItIs, options.data);
  const random = seededRandom(7);
  const unnoticed: string[] = [];
  let tried = 0;
  for (const leaves of kinds.values()) {
    for (let turn = 0; turn < Math.min(options.perKind, leaves.length); turn++) {
      const leaf = leaves[Math.floor(random.uniform() * leaves.length)];
      if (leaf === undefined) continue;
      const before = leaf.parent[leaf.key];
      leaf.parent[leaf.key] = mutated(before);
      const tally = new Tally();
      await check.run(document, tally, options.data);
      const isNoticed = tally.out.length > 0 || tally.skipped.length > asItIs.skipped.length;
      if (!isNoticed) unnoticed.push(`${leaf.path.join(".")}: ${JSON.stringify(before)}`);
      leaf.parent[leaf.key] = before;
      tried += 1;
    }
  }
  return { tried, kinds: kinds.size, unnoticed };
}
