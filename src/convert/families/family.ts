import type { Parts } from "./parts.js";

export type FamilyName =
  | "logistic-regression"
  | "matrix-factorisation"
  | "factorisation-machine"
  | "wide-and-deep"
  | "gbdt"
  | "als";

/**
 * What one tensor of the source is for. Roles: `bias`; `linear/<feature>`, one weight a row; `linear` alone, one weight
 * for each row of all features in the order of unbatch.yaml; `dot/<feature>`; `factorisation/<feature>` or `factorisation`
 * alone, a vector for each row; `deep/<feature>`, an embedding;
 * `deep/kernel_<i>` and `deep/bias_<i>`, layers from the input up.
 */
export interface Role {
  role: string;
  tensor: string;
  /** `transposed`: [out, in], as PyTorch's Linear keeps it; otherwise [rows, width] or [in, out]. */
  layout: "rows" | "transposed";
}

export interface Recognised {
  family: FamilyName;
  roles: readonly Role[];
  /** Which tensors made it think so. */
  evidence: readonly string[];
  /** Tensors that no role has: only where roles were told. */
  unused: readonly string[];
}

export interface Missing {
  family: FamilyName;
  /** What the checkpoint would need, or has too much of, to be this family. */
  missing: readonly string[];
}

/** One family: a look at the parts of a checkpoint, with the roles that the user has told already. */
export interface Family {
  name: FamilyName;
  recognise(parts: Parts, told: readonly Role[]): Guess | { missing: string[] };
}

interface Guess {
  roles: Role[];
  evidence: string[];
}

/** `linear/user` -> ["linear", "user"]; `bias` -> ["bias", ""]. */
export function splitRole(role: string): [term: string, part: string] {
  const slash = role.indexOf("/");
  return slash < 0 ? [role, ""] : [role.slice(0, slash), role.slice(slash + 1)];
}

/** The number i of `deep/kernel_<i>` or `deep/bias_<i>`; undefined for other roles. */
export function layerIndex(role: string, part: "kernel" | "bias"): number | undefined {
  const match = /^deep\/(kernel|bias)_(\d+)$/.exec(role);
  return match?.[1] === part ? Number(match[2]) : undefined;
}
