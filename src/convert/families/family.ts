import type { Activation } from "../../core/model-spec.js";
import type { Parts } from "./parts.js";

export type FamilyName =
  | "logistic-regression"
  | "matrix-factorisation"
  | "factorisation-machine"
  | "wide-and-deep"
  | "gbdt"
  | "als"
  | "word-features"
  | "gmf"
  | "ncf"
  | "neumf"
  | "deepfm"
  | "dcn"
  | "dlrm"
  | "two-tower";

/**
 * What one tensor of the source is for: the name of a table of the online model (see tableShapes), with a word for its
 * feature. `bias`; `linear/<feature>`, one weight a row; `linear` alone, one weight for each row of all features in the
 * order of unbatch.yaml; `dot/`, `factorisation/` (or `factorisation` alone), `gmf/`, `deep/` (or `deep` alone), `cross/`,
 * `interaction/`, `towers/left/` and `towers/right/` with `<feature>`, a vector for each row; of the stacks among these,
 * and of `interaction/bottom` and `interaction/top`, `kernel_<i>` and `bias_<i>`, layers from the input up, and
 * `norm_in_<i>/gamma`, `/beta`, `/mean`, `/variance` (BatchNorm of what enters a layer) and `norm_out_<i>/…` (of what
 * leaves it before its activation). Two roles for one table of vectors: both terms learn it.
 */
export interface Role {
  role: string;
  tensor: string;
  /** `transposed`: [out, in], as PyTorch's Linear keeps it; otherwise [rows, width] or [in, out]. */
  layout: "rows" | "transposed";
  /** Of a kernel: what follows its layer, where the source says. */
  activation?: Activation | undefined;
  /**
   * Of a kernel that stands on several stacks: the first of its inputs that is of this one. Of a BatchNorm of a part of
   * what enters a layer: the first that it normalises.
   */
  firstRow?: number | undefined;
  /** Of a variance: what was added to it, where the source says. */
  epsilon?: number | undefined;
}

/** What stands below a stack of layers, in the order in which the source has it. */
export type SourceInput =
  | { tensor: string }
  | { product: readonly [string, string] }
  | { sum: readonly string[] }
  | { numbers: string };

/** Of a DLRM, in the source's order: tensors, `undefined` for the vector of the numbers; pairs are places among them. */
export interface TensorLayout {
  vectors: readonly (string | undefined)[];
  pairs: readonly (readonly [number, number])[];
  above: readonly ("dense" | "products" | "vectors")[];
}

export interface Recognised {
  /** `as-told`: by model.terms and checkpoint.tensors of unbatch.yaml, which name no family. */
  family: FamilyName | "as-told";
  roles: readonly Role[];
  /** Which tensors made it think so. */
  evidence: readonly string[];
  /** What neither names nor shapes prove, in words. */
  assumed: readonly string[];
  /** Tensors that no role has: only where roles were told, or of other heads. */
  unused: readonly string[];
  /** By stack (`deep`, `towers/left` ...), where a graph says. */
  inputs: ReadonlyMap<string, readonly SourceInput[]>;
  /** What the upper layers of a DLRM read, where a graph says. */
  layout?: TensorLayout;
  /** The other outputs of the model, which are left. */
  otherHeads: readonly string[];
  /** Tensors that the other outputs read too: layers among them stay as they are. */
  sharedTensors: ReadonlySet<string>;
}

export interface Missing {
  family: FamilyName;
  /** What the checkpoint would need, or has too much of, to be this family. */
  missing: readonly string[];
}

/** One family: a look at the parts of a checkpoint, with the roles that the user has told already. */
export interface Family {
  name: FamilyName;
  /** `isNamed`: the user says that it is this one. */
  recognise(parts: Parts, told: readonly Role[], isNamed: boolean): Guess | { missing: string[] };
}

export interface Guess {
  roles: Role[];
  evidence: string[];
  assumed?: string[];
  inputs?: ReadonlyMap<string, readonly SourceInput[]>;
}

/** `linear/user` -> ["linear", "user"]; `towers/left/user` -> ["towers/left", "user"]; `bias` -> ["bias", ""]. */
export function splitRole(role: string): [stack: string, part: string] {
  const [, stack = role, part = ""] =
    /^(towers\/(?:left|right)|interaction\/(?:bottom|top)|[^/]+)(?:\/(.*))?$/.exec(role) ?? [];
  return [stack, part];
}

/** The stack and the number of a layer's kernel or bias; undefined for other roles. */
export function layerOf(role: string): { stack: string; part: "kernel" | "bias"; index: number } | undefined {
  const [stack, rest] = splitRole(role);
  const match = /^(kernel|bias)_(\d+)$/.exec(rest);
  if (match === null) return undefined;
  return { stack, part: match[1] === "kernel" ? "kernel" : "bias", index: Number(match[2]) };
}

/** A layer, a cross or what goes with them: no feature's rows. */
export function isLayerRole(role: string): boolean {
  return /\/(kernel|bias|cross_kernel|cross_bias)_\d+$|\/norm_(in|out)_\d+\/|\/cross_output$/.test(role);
}
