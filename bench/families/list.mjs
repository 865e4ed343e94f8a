/**
 * The families that are measured: each a list of terms over the log of bench/log, at rates that were chosen on rows before
 * the half of it (`unbatch tune`, or a few by hand). `rows`: fewer, where the plain terms would take minutes.
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
const pair = ["user_id", "item_id"];
const user = ["user_id", "zip", "city", "device"];
const item = ["item_id", "cuisine", "brand", "price_band"];
const vectors = (names, width) => names.map((feature) => ({ feature, width }));
const bias = { kind: "bias" };
const linear = { kind: "linear", features: all };
const adagrad = (rate) => ({ kind: "adagrad", rate, initialAccumulator: 0.1 });
/** Of weights of ids, event by event; in batches of 16, where the mean has 1 / 16 of an event's gradient, the same steps. */
const wide = { kind: "adagrad", rate: 0.2, initialAccumulator: 2 };
const wideOf16 = { ...wide, initialAccumulator: wide.initialAccumulator / 16 ** 2 };
const vectorsOf16 = { kind: "adagrad", rate: 0.02, initialAccumulator: 0.1 / 16 ** 2 };
/** Batches of 16: rows of the terms of these names, and their layers. */
const in16 = (names, layersRate = 0.02) => ({
  ...{ optimizer: wideOf16, batchSize: 16 },
  terms: Object.fromEntries(
    names.flatMap((name) => [
      [name, vectorsOf16],
      [`${name}/layers`, adagrad(layersRate)],
    ]),
  ),
});
const float32 = "float32";
/** Those that no kernel knows. */
const FEWER = 500_000;

/** @type {{ name: string, terms: object[], learner: object, rows?: number, log?: "rates", features?: object[] }[]} */
export const families = [
  { name: "LR, Adagrad", terms: [bias, linear], learner: { optimizer: wide } },
  {
    name: "LR, FTRL",
    terms: [bias, linear],
    learner: { optimizer: { kind: "ftrl", rate: 0.1, beta: 1, l1: 0, l2: 0 } },
  },
  {
    name: "MF, k = 16",
    terms: [bias, linear, { kind: "dot", left: "user_id", right: "item_id", width: 16, noise: 0.1 }],
    learner: { optimizer: wide, terms: { dot: adagrad(0.02) }, precision: float32 },
  },
  {
    name: "FM, k = 8",
    terms: [bias, linear, { kind: "factorisation", features: all, width: 8, noise: 0.01 }],
    learner: { optimizer: wide, terms: { factorisation: adagrad(0.02) }, precision: float32 },
  },
  {
    name: "deep, 213-64-32-1",
    terms: [bias, { kind: "deep", inputs: [...vectors(ids, 16), ...dense], hidden: [64, 32], noise: 0.05 }],
    learner: { optimizer: adagrad(0.8), batchSize: 256, precision: float32 },
  },
  {
    name: "wide & deep",
    terms: [
      bias,
      linear,
      { kind: "deep", inputs: [...vectors(ids, 16), ...dense], hidden: [64, 32], noise: 0.05 },
    ],
    learner: { ...in16(["deep"]), precision: float32 },
  },
  {
    name: "DeepFM, k = 8",
    rows: FEWER,
    terms: [
      bias,
      linear,
      { kind: "factorisation", features: ids, width: 8, noise: 0.01 },
      {
        kind: "deep",
        inputs: [...ids.map((feature) => ({ feature, width: 8, from: "factorisation" })), ...dense],
        hidden: [32],
      },
    ],
    learner: {
      ...{ optimizer: wideOf16, batchSize: 16 },
      terms: { factorisation: vectorsOf16, deep: adagrad(0.02) },
    },
  },
  {
    name: "GMF, k = 16",
    rows: FEWER,
    terms: [bias, linear, { kind: "deep", inputs: [{ product: pair, width: 16 }], hidden: [] }],
    learner: { optimizer: wide, terms: { deep: adagrad(0.02) } },
  },
  {
    name: "NCF, MLP 32-16-8-1",
    terms: [bias, linear, { kind: "deep", inputs: vectors(pair, 16), hidden: [16, 8] }],
    learner: { ...in16(["deep"]), precision: float32 },
  },
  {
    name: "NeuMF",
    rows: FEWER,
    terms: [
      bias,
      linear,
      { kind: "deep", name: "gmf", inputs: [{ product: pair, width: 8 }], hidden: [] },
      { kind: "deep", name: "mlp", inputs: vectors(pair, 8), hidden: [16, 8] },
    ],
    learner: in16(["gmf", "mlp"]),
  },
  {
    name: "two-tower, 16",
    rows: FEWER,
    terms: [
      bias,
      linear,
      {
        kind: "towers",
        left: { inputs: [...vectors(user, 8), "tenure"], hidden: [16] },
        right: { inputs: [...vectors(item, 8), "price", "rating"], hidden: [16] },
        width: 16,
      },
    ],
    learner: in16(["towers"]),
  },
  {
    name: "DCN",
    rows: FEWER,
    terms: [bias, linear, crosses("vector")],
    learner: in16(["cross"], 0.1),
  },
  {
    name: "DCN-v2",
    rows: FEWER,
    terms: [bias, linear, crosses("matrix")],
    learner: in16(["cross"], 0.1),
  },
  {
    name: "DLRM",
    rows: FEWER,
    terms: [bias, linear, { kind: "interaction", features: ids, dense, width: 4, bottom: [8], hidden: [16] }],
    learner: in16(["interaction"]),
  },
  {
    name: "GBDT + LR, 60 trees",
    rows: FEWER,
    log: "rates",
    features: [...ids.map((name) => `${name}_rate`), ...dense].map((name) => ({
      name,
      encoder: { kind: "dense", missing: "keep" },
    })),
    learner: { optimizer: { kind: "adagrad", rate: 0.005, initialAccumulator: 0.1 } },
  },
  {
    name: "BPR, MF k = 32",
    features: hashed(pair),
    link: "bpr",
    terms: [
      { kind: "linear", features: ["item_id"] },
      { kind: "dot", left: "user_id", right: "item_id", width: 32, noise: 0.1 },
    ],
    learner: { optimizer: adagrad(0.1), precision: float32, negatives: { perPositive: 1 } },
  },
];

function crosses(form) {
  const inputs = [...vectors(ids, 4), ...dense];
  return { kind: "cross", inputs, crosses: 2, form, structure: "parallel", hidden: [16] };
}

function hashed(names) {
  return names.map((name) => ({
    name,
    encoder: { kind: "hash", buckets: categorical[name], function: "farmhash64" },
  }));
}

/** unbatch.yaml for one family: without `terms` the model is the checkpoint's. `compare` for whoever tunes it. */
export function configOf({ features, link, terms, learner }, compare) {
  const usual = [...hashed(ids), ...dense.map((name) => ({ name, encoder: { kind: "dense" } }))];
  const whoAndWhat = terms === undefined ? {} : { user: "user_id", item: "item_id" };
  return JSON.stringify({
    version: 1,
    log: { time: "shown_at", label: "clicked", ...whoAndWhat },
    features: features ?? usual,
    ...(terms && { model: { ...(link && { link }), terms } }),
    learner,
    ...(compare && { compare }),
  });
}
