import type { Checkpoint } from "../checkpoint.js";
import type { Graph } from "../graph.js";

/** Parts of networks that no term here computes, by what their tensors are called. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ["LayerNorm, which looks at each event and cannot be folded", /layer_?norm|(^|[./_])ln_?\d*[./]/i],
  ["GroupNorm or InstanceNorm, which look at each event", /group_?norm|instance_?norm/i],
  ["recurrent layers", /(^|[./_])(lstm|gru|rnn)|recurrent_kernel|weight_hh_l\d/i],
  ["attention", /attention|(^|[./_])attn|in_proj_weight|[qkv]_proj/i],
  ["convolutions", /(^|[./_])conv\d*[a-z]*[./_\d]/i],
  ["a mixture of experts", /(^|[./_])(experts?|gates?)[./_\d]/i],
  ["PReLU or Dice, activations that learn", /prelu|(^|[./_])dice/i],
];

/** What of a checkpoint is of no family here: by the names of its tensors, the part and its first one; by its graph. */
export function unfoldableParts({ tensors, graph }: Pick<Checkpoint, "tensors" | "graph">): string[] {
  const names = [...tensors.values()]
    .filter(({ dtype }) => /float|half|double/.test(dtype))
    .map(({ name }) => name);
  const parts = PARTS.flatMap(([what, pattern]) => {
    const tensor = names.find((name) => pattern.test(name));
    return tensor === undefined ? [] : [`${what} (${tensor})`];
  });
  return [...parts, ...foreignOperations(graph)];
}

/**
 * The same by what a graph says: operators that are such parts, activations that no layer here has, and x times an
 * activation of the same x (swish).
 */
export function foreignOperations(graph: Graph | undefined): string[] {
  return [...(graph?.nodes ?? [])].flatMap(([name, { operation, inputs }]) => {
    if (operation.kind === "other") {
      const part = PARTS.find(([, pattern]) => pattern.test(operation.name.replaceAll(" ", "/")))?.[0];
      const what = operation.activation === undefined ? part : `the activation ${operation.activation}`;
      return what === undefined ? [] : [`${what} (${operation.name})`];
    }
    const isOfOwn = inputs.some((input) => {
      const below = graph?.nodes.get(input);
      return below?.operation.kind === "activation" && inputs.includes(below.inputs[0] ?? "");
    });
    return operation.kind === "product" && isOfOwn ? [`the activation swish or one like it (${name})`] : [];
  });
}
