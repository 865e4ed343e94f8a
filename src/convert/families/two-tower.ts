import type { Family, Guess, Role } from "./family.js";
import { type Layer, sideOf, stackRoles, stackWords } from "./layers.js";
import { besideRoles, networkProblems, tableWords } from "./neural-parts.js";
import type { Parts } from "./parts.js";

/** The inner product of what two stacks of layers make of a user's and an item's features (Yi et al. 2019). */
export const twoTower: Family = {
  name: "two-tower",
  recognise(parts, told) {
    if (told.some(({ role }) => role.startsWith("towers/"))) return asTold(parts, told);
    const missing = networkProblems(parts);
    const { tables } = parts;
    const stacks = parts.chains.filter((chain) => chain.at(-1)?.units !== 1);
    const tower = (side: "left" | "right"): readonly Layer[] =>
      stacks.find((chain) => sideOf(chain[0]?.kernel ?? "") === side) ?? [];
    const [left, right] = [tower("left"), tower("right")];
    const own = (side: "left" | "right") => tables.filter(({ tensor }) => sideOf(tensor) === side);
    const widthOf = (side: "left" | "right", layers: readonly Layer[]): number =>
      layers.at(-1)?.units ?? own(side).reduce((sum, { width }) => sum + width, 0);
    const [a, b] = [widthOf("left", left), widthOf("right", right)];
    if (
      left.length + right.length === 0 ||
      stacks.length > [left, right].filter((layers) => layers.length > 0).length
    )
      missing.push("layers named after a user (or query) and an item (or candidate)");
    if (a !== b || a === 0) missing.push(`two towers that end in one width, found ${a} and ${b}`);
    const lost = tables.filter(({ tensor }) => sideOf(tensor) === undefined);
    if (lost.length > 0) missing.push(`names that say of which tower ${tableWords(lost)} is`);
    const beside = besideRoles(
      { ...parts, chains: parts.chains.filter((chain) => !stacks.includes(chain)) },
      told,
    );
    missing.push(...beside.problems);
    if (missing.length > 0) return { missing };
    const towers = (["left", "right"] as const).flatMap((side): Role[] => [
      ...own(side).map(
        ({ tensor, feature }): Role => ({ role: `towers/${side}/${feature}`, tensor, layout: "rows" }),
      ),
      ...stackRoles(`towers/${side}`, side === "left" ? left : right),
    ]);
    const words = (side: "left" | "right", layers: readonly Layer[]): string =>
      `${tableWords(own(side))}${layers.length === 0 ? "" : `, layers ${stackWords(layers)}`}`;
    return {
      roles: [...beside.roles, ...towers],
      evidence: [`a tower ${words("left", left)}`, `a tower ${words("right", right)}`, ...beside.evidence],
      assumed: [...parts.assumed],
    };
  },
};

/** Both towers as the user has named them; what stands beside them is guessed. */
function asTold(parts: Parts, told: readonly Role[]): Guess | { missing: string[] } {
  const beside = besideRoles({ ...parts, chains: [] }, told);
  const missing = [...networkProblems(parts), ...beside.problems];
  return missing.length > 0 ? { missing } : { roles: beside.roles, evidence: beside.evidence };
}
