const grown = "encoder: { kind: vocabulary }";
const hashed = "encoder: { kind: hash, buckets: 50, function: farmhash64 }";
const features = (user: string, item: string): string =>
  `features: [{ name: user, ${user} }, { name: item, ${item} }, { name: price, encoder: { kind: dense } }]`;
const linear = "{ kind: bias }, { kind: linear, features: [user, item, price] }";

const late = "{ after: { positive: 1h, negative: 20h } }";
const positives = "user: user, item: item, ";

export interface Family {
  name: string;
  /** The learner that it is meant to have. */
  kernel: string;
  /** What `log` names beside time and label. */
  log: string;
  /** When labels are known. */
  known: string;
  /** Features, model and learner. */
  yaml: string;
}

/** A model of each learner and link, over the columns of properties/small-log.ts. */
export const FAMILIES: readonly Family[] = [
  {
    name: "logistic regression over hashed ids",
    kernel: "wasm-sparse",
    log: "",
    known: late,
    yaml: `${features(hashed, hashed)}
model: { terms: [${linear}] }
learner: { optimizer: { kind: ftrl, rate: 0.1, l1: 0.01 } }`,
  },
  {
    name: "a factorisation machine whose ids grow",
    kernel: "wasm-sparse",
    log: "",
    known: late,
    yaml: `${features(grown, grown)}
model: { terms: [${linear}, { kind: factorisation, features: [user, item, price], width: 8 }] }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, precision: float32 }`,
  },
  {
    name: "wide & deep in batches",
    kernel: "wasm-deep",
    log: "",
    known: late,
    yaml: `${features(grown, hashed)}
model: { terms: [${linear}, { kind: deep, inputs: [{ feature: user, width: 4 }, { feature: item, width: 4 }, price], hidden: [8] }] }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, batchSize: 13, precision: float32 }`,
  },
  {
    name: "BPR over positives alone",
    kernel: "wasm-bpr",
    log: positives,
    known: "{ after: 3h }",
    yaml: `${features(grown, grown)}
model: { link: bpr, terms: [{ kind: linear, features: [item] }, { kind: dot, left: user, right: item, width: 8 }] }
learner: { optimizer: { kind: adagrad, rate: 0.1 }, precision: float32, negatives: { perPositive: 2, sampling: popularity } }`,
  },
  {
    name: "sampled softmax of two towers",
    kernel: "plain",
    log: positives,
    known: "{ after: 0s }",
    yaml: `${features(hashed, grown)}
model: { link: sampled-softmax, terms: [{ kind: towers, left: { inputs: [{ feature: user, width: 3 }], hidden: [4] }, right: { inputs: [{ feature: item, width: 3 }] }, width: 4 }] }
learner: { optimizer: { kind: adam, rate: 0.01 }, batchSize: 5, negatives: { perPositive: 3 } }`,
  },
  {
    name: "bags of ids that grow",
    kernel: "plain",
    log: "",
    known: late,
    yaml: `${features(`${grown}, bag: { combine: mean, split: "|" }`, grown)}
model: { terms: [${linear}, { kind: dot, left: user, right: item, width: 4 }] }
learner: { optimizer: { kind: rowwise-adagrad, rate: 0.1 }, batchSize: 3 }`,
  },
];

/** Its unbatch.yaml. @param known when labels are. */
export function yamlOf({ log, known: own, yaml }: Family, known: string = own): string {
  return `version: 1\nlog: { time: shown_at, label: clicked, ${log}known: ${known} }\n${yaml}\n`;
}
