/**
 * The feature that a tensor's name speaks of: `linear/linear_model/company_xf/weights` -> "company",
 * `user_embedding.weight` -> "user", `embs.item.weight` -> "item"; "" where the name says nothing.
 */
export function featureHint(tensor: string): string {
  const parts = tensor
    .replace(/\/\.ATTRIBUTES\/VARIABLE_VALUE$/, "")
    .split(/[./]/)
    .filter((part) => part !== "" && !PLACE.test(part) && canonicalName(part) !== "");
  return canonicalName(parts.at(-1) ?? "");
}

/** Parts of a path that say where a tensor stands in its model, not what it is about. */
const PLACE =
  /^(weights?|kernel|embeddings?|embedding_weights|part_\d+|model|module|net|state_dict|layer_with_weights-\d+|variables?|fc|linear|linear_model|wide|input_layer|ReadVariableOp|embedding_lookup|StatefulPartitionedCall|\d+)$/i;

const ENDING =
  /_(xf|embeddings?|embeds?|embs?|biases|bias|factors?|vectors?|lookup|table|weights?|indicator|bucketized|idx|ids?|w|b|g?mf|mlp|towers?)$/;
// Of the tables of one feature, which it is (gmf, mlp); TorchRec's tables are t_<feature>.
const BEGINNING = /^(embeddings?|embeds?|embs?|biases|bias|lookup|linear|wide|g?mf|mlp|t)_/;
const EMPTY =
  /^(embeddings?|embeds?|embs?|biases|bias|coef|coefficients|weights?|w|b|linear|wide|fc|factors)$/;

/** `userId`, `user_id`, `User-ID`, `user_embedding` -> "user". */
export function canonicalName(name: string): string {
  let text = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(ENDING, "").replace(BEGINNING, "");
  }
  return EMPTY.test(text) ? "" : text;
}
