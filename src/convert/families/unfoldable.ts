import type { Checkpoint } from "../checkpoint.js";

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

/** What of a checkpoint is of no family here: the part, and its first tensor. */
export function unfoldableParts({ tensors }: Pick<Checkpoint, "tensors">): string[] {
  const names = [...tensors.values()]
    .filter(({ dtype }) => /float|half|double/.test(dtype))
    .map(({ name }) => name);
  return PARTS.flatMap(([what, pattern]) => {
    const tensor = names.find((name) => pattern.test(name));
    return tensor === undefined ? [] : [`${what} (${tensor})`];
  });
}
