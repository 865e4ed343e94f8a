import { converted } from "../convert.js";
import { dense, type Golden, identity, TOLERANCE } from "../golden.js";
import { json } from "../read.js";

const SIZES: Readonly<Record<string, number>> = { user: 20, item: 30, category: 7 };
const PAIR = ["user", "item"];
const ALL = [...PAIR, "category"];
const NUMBERS = ["price", "age"];

/** Of each network of fixtures/networks: what unbatch.yaml says beside its features, in the order of its inputs. */
const NETWORKS: readonly [string, readonly string[], object?][] = [
  ["neumf", PAIR],
  ["ncf_norm_before", PAIR],
  ["ncf_norm_after", PAIR],
  ["deepfm", ALL],
  ["deepfm_fields", ALL, { family: "deepfm" }],
  ["dcn", [...PAIR, ...NUMBERS]],
  ["dcn_v2", [...PAIR, "price"]],
  ["dlrm", [...ALL, ...NUMBERS]],
  ["dlrm_upper", [...ALL, ...NUMBERS], { interaction: { pairs: "upper" } }],
  ["two_tower", ["user", ...NUMBERS, "item", "category"]],
  ["two_heads", PAIR, { head: "click_head" }],
];

/** Networks that a script of this repository wrote, with the logits of its own forward pass in float64. */
export function networkGoldens(made: string): Golden[] {
  return NETWORKS.map(([name, inputs, checkpoint]) => ({
    file: `made/networks/${name}.safetensors`,
    against: "the forward pass of fixtures/networks",
    tolerance: TOLERANCE,
    prove: (path) => {
      const { logit = [], ...columns } = json<Record<string, number[]>>(`${made}/networks/${name}.json`);
      const features = inputs.map((input) => {
        const size = SIZES[input];
        return { name: input, encoder: size === undefined ? dense : identity(size) };
      });
      const config = { features, ...(checkpoint === undefined ? {} : { checkpoint }) };
      return converted(path, { config, columns, scores: logit });
    },
  }));
}

/** Files in Keras's layout, scored where they were made. */
export function kerasGoldens(made: string): Golden[] {
  const keras = json<{ user_id: number[]; item_id: number[]; prob: number[] }>(
    `${made}/keras_like/golden.json`,
  );
  const features = [
    { name: "user", column: "user_id", encoder: identity(51) },
    { name: "item", column: "item_id", encoder: identity(71) },
  ];
  return ["keras2_full.h5", "keras3_like.keras"].map((file) => ({
    file: `made/keras_like/${file}`,
    against: "the model's formula in NumPy",
    tolerance: TOLERANCE,
    prove: (path) =>
      converted(path, {
        config: { features, learner: {} },
        columns: { user_id: keras.user_id, item_id: keras.item_id },
        scores: keras.prob,
        scale: "probability",
      }),
  }));
}
