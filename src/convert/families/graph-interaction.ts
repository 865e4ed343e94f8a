import { UnbatchError } from "../../core/errors.js";
import { BY_OFFSET } from "../formats/unsupported.js";
import { type Expression, Unexplained } from "./expression.js";
import type { TensorLayout } from "./family.js";
import { type Found, hintOf, peel } from "./graph-stack.js";
import { type Layer, stackRoles, stackWords } from "./layers.js";

type Interaction = Extract<Expression, { kind: "interaction" }>;

/**
 * A DLRM's roles, and in which order its upper layers read the numbers' vector, the products of all pairs and the other
 * vectors. Throws Unexplained for a vector of something else than rows or numbers. Error: pairs left out or twice.
 */
export function addInteraction(found: Found, top: readonly Layer[], interaction: Interaction): void {
  const { roles, evidence, inputs } = found;
  let bottom: readonly Layer[] = [];
  const tensors = interaction.vectors.map((vector) => {
    if (vector.kind === "row") {
      roles.push({ role: `interaction/${hintOf(vector)}`, tensor: vector.tensor, layout: "rows" });
      return vector.tensor;
    }
    const { layers, base } = peel(found, vector);
    if (bottom.length > 0 || layers.length === 0 || !base.every(({ kind }) => kind === "numbers"))
      throw new Unexplained(`a product with ${vector.kind}`);
    bottom = layers;
    inputs.set(
      "interaction/bottom",
      base.flatMap((part) => (part.kind === "numbers" ? [{ numbers: part.input }] : [])),
    );
    return undefined;
  });
  found.layout = layoutOf(tensors, interaction.entering);
  roles.push(...stackRoles("interaction/bottom", bottom), ...stackRoles("interaction/top", top));
  if (bottom.length > 0) evidence.push(`layers over the numbers ${stackWords(bottom)}`);
  evidence.push(`layers ${stackWords(top)} over products of all pairs of ${tensors.length} vectors`);
}

/** Names and shapes would take it for what it is not, so that the graph's word is the last. */
function unlike(found: string): UnbatchError {
  return new UnbatchError({
    where: "the checkpoint's graph",
    found,
    expected:
      "the numbers' vector, the products of each pair once, and the other vectors, one after the other",
    next: BY_OFFSET,
  });
}

/** Blocks in their order; vectors in that in which they go up themselves, else as they come. */
function layoutOf(tensors: readonly (string | undefined)[], entering: Interaction["entering"]): TensorLayout {
  const raised = entering.flatMap((part) => (typeof part === "number" ? [part] : []));
  const pairs = entering.flatMap((part) => (typeof part === "number" ? [] : [part]));
  const above = entering
    .map((part) =>
      typeof part !== "number" ? "products" : tensors[part] === undefined ? "dense" : "vectors",
    )
    .filter((block, at, all) => block !== all[at - 1]);
  const features = raised.filter((place) => tensors[place] !== undefined);
  const rows = tensors.filter((tensor) => tensor !== undefined).length;
  const isWhole = features.length === 0 || (features.length === rows && new Set(features).size === rows);
  if (new Set(above).size !== above.length || !isWhole)
    throw unlike("products and vectors mixed with each other");
  const keys = new Set(pairs.map((pair) => [...pair].sort((a, b) => a - b).join()));
  const all = (tensors.length * (tensors.length - 1)) / 2;
  if (keys.size !== all || pairs.length !== all || pairs.some(([left, right]) => left === right))
    throw unlike(`${pairs.length} products of ${tensors.length} vectors, and not those of all pairs`);
  const rest = tensors.map((_, place) => place).filter((place) => !features.includes(place));
  const order = [...rest, ...features];
  return {
    vectors: order.map((place) => tensors[place]),
    pairs: pairs.map(([left, right]) => [order.indexOf(left), order.indexOf(right)]),
    above,
  };
}
