/**
 * The families that are measured: each a list of terms over the log of bench/log.
 */
export const categorical = {
  user_id: 200_000,
  item_id: 50_000,
  zip: 20_000,
  city: 1000,
  device: 100,
  cuisine: 1000,
  brand: 10_000,
  price_band: 100,
  surface: 100,
  campaign: 10_000,
  query_category: 1000,
  hour: 100,
  weekday: 100,
};
export const dense = ["distance", "price", "tenure", "rating", "eta"];

const ids = Object.keys(categorical);
const all = [...ids, ...dense];
const user = ["user_id", "zip", "city", "device"];
const item = ["item_id", "cuisine", "brand", "price_band"];
const vectors = (names, width) => names.map((feature) => ({ feature, width }));
const bias = { kind: "bias" };
const linear = { kind: "linear", features: all };
const adagrad = (rate) => ({ kind: "adagrad", rate, initialAccumulator: 0.1 });

/** @type {{ name: string, terms: object[], learner: object }[]} */
export const families = [
  { name: "LR, Adagrad", terms: [bias, linear], learner: { optimizer: adagrad(0.1) } },
  {
    name: "LR, FTRL",
    terms: [bias, linear],
    learner: { optimizer: { kind: "ftrl", rate: 0.1, beta: 1, l1: 0, l2: 0 } },
  },
  {
    name: "FM, k = 8",
    terms: [bias, linear, { kind: "factorisation", features: all, width: 8, noise: 0.01 }],
    learner: { optimizer: adagrad(0.1), terms: { factorisation: adagrad(0.02) } },
  },
  {
    name: "MF, k = 16",
    terms: [bias, linear, { kind: "dot", left: "user_id", right: "item_id", width: 16, noise: 0.1 }],
    learner: { optimizer: adagrad(0.1), terms: { dot: adagrad(0.02) } },
  },
  {
    name: "two-tower, 16",
    terms: [
      bias,
      linear,
      {
        kind: "towers",
        left: { inputs: [...vectors(user, 16), "tenure"], hidden: [32] },
        right: { inputs: [...vectors(item, 16), "price", "rating"], hidden: [32] },
        width: 16,
      },
    ],
    learner: { optimizer: adagrad(0.1), terms: { towers: adagrad(0.01) } },
  },
  {
    name: "deep, 213-64-32-1",
    terms: [bias, { kind: "deep", inputs: [...vectors(ids, 16), ...dense], hidden: [64, 32], noise: 0.05 }],
    learner: { optimizer: adagrad(0.8), batchSize: 256, precision: "float32" },
  },
  {
    name: "wide & deep",
    terms: [
      bias,
      linear,
      { kind: "deep", inputs: [...vectors(ids, 16), ...dense], hidden: [64, 32], noise: 0.05 },
    ],
    learner: { optimizer: adagrad(0.2), terms: { deep: adagrad(0.1) }, batchSize: 16, precision: "float32" },
  },
  {
    name: "DCN",
    terms: [
      bias,
      {
        kind: "cross",
        inputs: [...vectors(ids, 8), ...dense],
        crosses: 2,
        form: "vector",
        structure: "parallel",
        hidden: [32],
      },
    ],
    learner: { optimizer: adagrad(0.05), batchSize: 16 },
  },
  {
    name: "DLRM",
    terms: [bias, { kind: "interaction", features: ids, dense, width: 8, bottom: [16], hidden: [32] }],
    learner: { optimizer: adagrad(0.05), batchSize: 16 },
  },
];

/** unbatch.yaml for one family; `compare` for whoever tunes it. */
export function configOf({ terms, learner }, compare) {
  const features = [
    ...Object.entries(categorical).map(([name, buckets]) => ({
      name,
      encoder: { kind: "hash", buckets, function: "farmhash64" },
    })),
    ...dense.map((name) => ({ name, encoder: { kind: "dense" } })),
  ];
  const log = { time: "shown_at", label: "clicked", user: "user_id", item: "item_id" };
  return JSON.stringify({
    version: 1,
    log,
    features,
    model: { terms },
    learner,
    ...(compare && { compare }),
  });
}
