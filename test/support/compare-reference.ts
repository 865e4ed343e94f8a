/** The reference comparisons: their shapes, and each setting as an unbatch.yaml. */
export interface ReferenceCase {
  policy: string;
  retrain?: {
    kind: "stateless" | "warm";
    window?: number | "all";
    every: number;
    epochs?: number;
    on?: "shown" | "known";
  };
  publish_after?: number;
  online?: boolean;
  from?: "checkpoint" | "scratch";
  publish_every?: number;
  rows: number;
  base_rate: number;
  log_loss: number;
  normalized_entropy: number;
  roc_auc: number;
  rows_learned: number;
  /** UTC day, rows, positives, log loss, AUC or null. */
  days: [string, number, number, number, number | null][];
}

export interface ReferenceSetting {
  rate: number;
  initial_accumulator: number;
  pretrain_days: number;
  label: string;
  label_delay_seconds: { positive: number; negative: number };
  cases: ReferenceCase[];
}

export function settingYaml(setting: ReferenceSetting, precision: "float32" | "float64" | undefined): string {
  const { positive, negative } = setting.label_delay_seconds;
  return `version: 1
log:
  time: rated_at
  label: ${setting.label}
  known: { after: { positive: ${positive}s, negative: ${negative}s } }
  user: user_id
  item: movie_id
features:
  - { name: user, column: user_id, encoder: { kind: vocabulary } }
  - { name: movie, column: movie_id, encoder: { kind: vocabulary } }
model:
  terms:
    - { kind: bias }
    - { kind: linear, features: [user, movie] }
learner:
  optimizer: { kind: adagrad, rate: ${setting.rate}, initialAccumulator: ${setting.initial_accumulator}, epsilon: 1e-10 }
  ${precision === undefined ? "" : `precision: ${precision}`}
compare:
  pretrain: ${setting.pretrain_days}d
  policies:
${setting.cases.map((one) => `    - ${policyYaml(one)}`).join("\n")}
`;
}

function policyYaml(one: ReferenceCase): string {
  const keys: [string, string | number | undefined][] = [["name", one.policy]];
  if (one.online === true) {
    const publishEvery = one.publish_every === undefined ? undefined : `${one.publish_every}s`;
    keys.push(["kind", "online"], ["from", one.from], ["publishEvery", publishEvery]);
  } else if (one.retrain === undefined) {
    keys.push(["kind", "frozen"]);
  } else {
    const { kind, window, every, epochs, on } = one.retrain;
    keys.push(["kind", kind], ["every", `${every}d`], ["epochs", epochs]);
    keys.push(["publishAfter", one.publish_after === undefined ? undefined : `${one.publish_after}s`]);
    if (kind === "stateless") keys.push(["window", window === "all" ? "all" : `${window}d`], ["cut", on]);
  }
  const given = keys.filter(([, value]) => value !== undefined);
  return `{ ${given.map(([key, value]) => `${key}: ${value}`).join(", ")} }`;
}
