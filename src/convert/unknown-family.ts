import { UnbatchError } from "../core/errors.js";
import type { Checkpoint } from "./checkpoint.js";
import type { Missing } from "./families/family.js";

/** The nearest family first. */
export interface Unrecognised {
  missing: readonly Missing[];
  /** Parts of it of which no family is made, in words. */
  beyond: readonly string[];
  /** Why the checkpoint's own graph did not tell, as a clause. */
  graph?: string;
}

/** Families, and things left alone, that an error speaks of. */
const NEAREST = 4;
const LAYERS =
  "embeddings, fully connected layers (linear, relu, leaky_relu of 0.01, elu, sigmoid, tanh, softplus), BatchNorm, sums and products";
/** Notes on what could not be read, and so may be what is missing. */
const LEFT = /left (alone|closed)|not looked into/;

/** The error for a checkpoint of no known family: the nearest ones, what each lacks, and what to write. */
export function unknownFamily(
  { missing, beyond, graph }: Unrecognised,
  checkpoint: Checkpoint,
  where: string,
): UnbatchError {
  if (beyond.length > 0) {
    return new UnbatchError({
      where,
      found: `${beyond.slice(0, NEAREST).join("; ")}: of this no online model is made`,
      expected: LAYERS,
      next: "learn on top of the model's logged score: model: { terms: [{ kind: offset, column: SCORE }, ...] } in unbatch.yaml; or, where it is none of that, name the roles under checkpoint.tensors",
    });
  }
  const tensors = [...checkpoint.tensors.values()].map(({ name, shape }) => `${name} [${shape.join(", ")}]`);
  const left = checkpoint.notes.filter((note) => LEFT.test(note));
  const notRead = left.length === 0 ? "" : `\n    (not read: ${left.slice(0, NEAREST).join("; ")})`;
  return new UnbatchError({
    found: `a ${checkpoint.format} checkpoint of no family that is known here: ${listed(tensors) || "no tensors"}${notRead}`,
    where,
    expected: missing
      .slice(0, NEAREST)
      .map(({ family, missing: lacks }) => `for ${family}: ${lacks.join("; ")}`)
      .join("\n    or ")
      .concat(graph === undefined ? "" : `\n    (${graph})`),
    next: "name the roles under checkpoint.tensors of unbatch.yaml (docs/convert.md), or learn on top of the model's logged score with an `offset` term",
  });
}

/** The first eight. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8);
  return shown.length < names.length
    ? `${shown.join(", ")} and ${names.length - shown.length} more`
    : shown.join(", ");
}
