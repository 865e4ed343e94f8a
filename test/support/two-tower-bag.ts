import { identity } from "../convert/networks/made.js";

/** What PyTorch gave for each event: a user with tags beside some items. */
export interface TwoTowerBag {
  inputs: { user: number[]; items: number[][]; tags: number[][] };
  score: number[][];
}

export const TWO_TOWER_FEATURES: readonly object[] = [
  { name: "user", encoder: identity(41) },
  { name: "item", encoder: identity(51) },
  { name: "tags", encoder: identity(11), bag: "mean" },
];

/** The model, for a file that has no graph. */
export const TWO_TOWER_TOLD = {
  checkpoint: {
    family: "two-tower",
    tensors: {
      "towers/left/user": "user_embedding.weight",
      "towers/left/tags": "tags.weight",
      "towers/right/item": "item_embedding.weight",
      "towers/right/kernel_0": "proj.weight",
      "towers/right/bias_0": "proj.bias",
    },
  },
  model: {
    terms: [
      {
        kind: "towers",
        left: { inputs: [{ sum: ["user", "tags"], width: 6 }] },
        right: { inputs: [{ feature: "item", width: 8 }] },
        ...{ width: 6, last: "relu" },
      },
    ],
  },
} as const;

/** One row for each user and item; the tags are the user's. */
export function twoTowerRows({ inputs, score }: TwoTowerBag): {
  columns: Record<string, readonly (number | readonly number[])[]>;
  scores: number[];
} {
  const pairs = inputs.items.flatMap((items, event) => items.map((item) => ({ event, item })));
  return {
    columns: {
      user: pairs.map(({ event }) => inputs.user[event] ?? 0),
      tags: pairs.map(({ event }) => inputs.tags[event] ?? []),
      item: pairs.map(({ item }) => item),
    },
    scores: score.flat(),
  };
}
