import type { Role } from "./family.js";
import type { Layer } from "./layers.js";
import type { Parts } from "./parts.js";

/** Single layers with one output: a wide part over all features at once. */
function wideLayers(parts: Parts): Layer[] {
  return parts.chains.flatMap((chain) => (chain.length === 1 && chain[0]?.units === 1 ? [chain[0]] : []));
}

/** Roles of the tensors with one weight a row. */
export function weightRoles(parts: Parts, told: readonly Role[]): { roles: Role[]; problems: string[] } {
  const taken = new Set(told.map(({ role }) => role));
  const roles: Role[] = [];
  const problems: string[] = [];
  for (const { tensor, feature } of parts.weights) {
    const role = feature === "" ? "linear" : `linear/${feature}`;
    if (taken.has(role)) problems.push(`two tensors for ${role}, one of them ${tensor}`);
    taken.add(role);
    roles.push({ role, tensor, layout: "rows" });
  }
  for (const { kernel, layout } of wideLayers(parts)) {
    if (taken.has("linear")) problems.push(`two linear layers, one of them ${kernel}`);
    taken.add("linear");
    roles.push({ role: "linear", tensor: kernel, layout });
  }
  return { roles, problems };
}

/** The one number that is added to every score: a scalar of its own, or the bias of a wide layer. */
export function onlyBias(parts: Parts, told: readonly Role[]): { roles: Role[]; problems: string[] } {
  if (told.some(({ role }) => role === "bias")) return { roles: [], problems: [] };
  const found = [...parts.scalars, ...wideLayers(parts).flatMap(({ bias }) => bias ?? [])];
  if (found.length > 1)
    return { roles: [], problems: [`more than one number could be the bias: ${found.join(", ")}`] };
  return { roles: found.map((tensor): Role => ({ role: "bias", tensor, layout: "rows" })), problems: [] };
}

/** One line: what the tensors are, and the first of their names. */
export function evidenceOf(what: string, roles: readonly Role[]): string[] {
  if (roles.length === 0) return [];
  const names = roles.slice(0, 3).map(({ tensor }) => tensor);
  const more = roles.length > names.length ? ` and ${roles.length - names.length} more` : "";
  return [`${what}: ${names.join(", ")}${more}`];
}
