import {
  TWO_TOWER_FEATURES,
  TWO_TOWER_TOLD,
  type TwoTowerBag,
  twoTowerRows,
} from "../../support/two-tower-bag.js";
import { converted } from "../convert.js";
import { columnAt, dense, type Golden, identity, TOLERANCE } from "../golden.js";
import { json } from "../read.js";

/** What PyTorch gave for models that it trained on a synthetic log. */
export function pytorchGoldens(made: string): Golden[] {
  return [...factorisations(made), ...wideAndDeep(made), ...twoTowers(made)];
}

interface Pairs {
  user_ids: string[];
  item_ids: string[];
}

function factorisations(made: string): Golden[] {
  const folder = `${made}/pytorch_mf`;
  const golden = json<Pairs & { logits: number[]; oov: { logits: number[] } }>(`${folder}/golden.json`);
  const torch = json<Pairs & Record<string, number[]>>(`${folder}/golden_torch.json`);
  const { user2id } = json<{ user2id: Record<string, number> }>(`${folder}/vocab.json`);
  const { item2id } = json<{ item2id: Record<string, number> }>(`${folder}/vocab.json`);
  const [ninth, fifth] = [idAt(item2id, 9), idAt(user2id, 5)];
  const users = [...golden.user_ids, "never seen", fifth];
  const items = [...golden.item_ids, ninth, "never seen"];
  const features = ["user", "item"].map((name) => ({
    name,
    encoder: { kind: "vocabulary", file: "vocab.json", key: `${name}2id` },
  }));
  const ofAll = (file: string): Golden => ({
    file: `made/pytorch_mf/${file}`,
    against: "PyTorch's logits, two of them of ids that no vocabulary holds",
    tolerance: TOLERANCE,
    prove: (path) =>
      converted(path, {
        config: { features, ...(file === "checkpoint.pt" ? { learner: {} } : {}) },
        columns: { user: users, item: items },
        scores: [...golden.logits, ...golden.oov.logits],
      }),
  });
  const ofTorch = (file: string, config: object): Golden => ({
    file: `made/pytorch_mf/${file}`,
    against: "PyTorch's logits of this file",
    tolerance: TOLERANCE,
    prove: (path) =>
      converted(path, {
        config: { features, ...config },
        columns: { user: torch.user_ids, item: torch.item_ids },
        scores: torch[file] ?? [],
      }),
  });
  // The file holds copies of its tables beside them.
  const tensors = {
    bias: "global_bias",
    "linear/user": "user_bias.weight",
    "linear/item": "item_bias.weight",
    "dot/user": "user_embedding.weight",
    "dot/item": "item_embedding.weight",
  };
  return [
    ...["checkpoint.pt", "state_dict.pt", "state_dict_legacy.pt"].map(ofAll),
    ofTorch("recbole_like.pth", { learner: {} }),
    ofTorch("state_dict_half_and_views.pt", { checkpoint: { family: "matrix-factorisation", tensors } }),
    {
      file: "made/pytorch_mf/state_dict_half_and_views.pt",
      against: "PyTorch's logits of the float32 model",
      tolerance: 2 ** -11,
      because: "half a step of float16 at 1",
      prove: (path) =>
        converted(path, {
          config: { features, checkpoint: { family: "matrix-factorisation", tensors } },
          columns: { user: golden.user_ids, item: golden.item_ids },
          scores: golden.logits,
        }),
    },
  ];
}

function idAt(rows: Record<string, number>, row: number): string {
  return Object.entries(rows).find(([, one]) => one === row)?.[0] ?? "";
}

function wideAndDeep(made: string): Golden[] {
  const { inputs, prob } = json<{
    inputs: { user: number[]; item: number[]; category: number[]; context: number[]; dense: number[][] };
    prob: number[];
  }>(`${made}/pytorch_widedeep/golden.json`);
  const { dense: numbers, ...ids } = inputs;
  const sizes = { user: 201, item: 301, category: 13, context: 8 };
  const vectors = Object.keys(sizes);
  const config = {
    features: [
      ...Object.entries(sizes).map(([name, size]) => ({ name, encoder: identity(size) })),
      ...[0, 1, 2].map((k) => ({ name: `d${k}`, encoder: dense })),
    ],
    checkpoint: {
      interaction: { vectors: [...vectors, "dense"], above: ["dense", "products", "vectors"] },
    },
  };
  const columns = {
    ...ids,
    ...Object.fromEntries([0, 1, 2].map((k) => [`d${k}`, columnAt(numbers, k)])),
  };
  return ["state_dict.pt", "checkpoint.pt", "traced.ts.pt", "model.onnx"].map((file) => ({
    file: `made/pytorch_widedeep/${file}`,
    against: "PyTorch's probabilities",
    tolerance: TOLERANCE,
    prove: (path) => converted(path, { config, columns, scores: prob, scale: "probability" }),
  }));
}

/** A user and a bag of tags beside each of several items. */
function twoTowers(made: string): Golden[] {
  const rows = twoTowerRows(json<TwoTowerBag>(`${made}/pytorch_widedeep/golden_twotower_bag.json`));
  const graphs = ["", "_constants", "_external"].map((form) => `twotower_bag${form}.onnx`);
  return [...graphs, "twotower_bag_state_dict.pt"].map((file) => ({
    file: `made/pytorch_widedeep/${file}`,
    against: "PyTorch's scores",
    tolerance: TOLERANCE,
    prove: (path) =>
      converted(path, {
        config: { features: TWO_TOWER_FEATURES, ...(file.endsWith(".pt") ? TWO_TOWER_TOLD : {}) },
        ...rows,
      }),
  }));
}
