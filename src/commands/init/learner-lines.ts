import { basename } from "node:path";
import type { Checkpoint } from "../../convert/checkpoint.js";
import { sourceOptimizer } from "../../convert/optimizers.js";

/** Those that the checkpoint saved, where they are not the defaults. */
function adamSettings(parameters: ReadonlyMap<string, number>): string {
  const settings: [string, RegExp, number][] = [
    ["beta1", /(^|\/)beta_?1$/, 0.9],
    ["beta2", /(^|\/)beta_?2$/, 0.999],
    ["epsilon", /(^|\/)(eps|epsilon)$/, 1e-8],
    ["l2", /(^|\/)weight_decay$/, 0],
  ];
  return settings
    .map(([name, pattern, standard]) => {
      const [, value = standard] = [...parameters].find(([key]) => pattern.test(key)) ?? [];
      return value === standard ? "" : `, ${name}: ${Number(value.toPrecision(6))}`;
    })
    .join("");
}

/** What convert continues with where unbatch.yaml says nothing; undefined where it could not. */
function asTrained(kind: string, checkpoint: Checkpoint): string | undefined {
  const known = checkpoint.slots.find(({ optimizer }) => optimizer === kind);
  const source = known === undefined ? undefined : sourceOptimizer(known.optimizer, checkpoint);
  return source === undefined ? undefined : `${kind}, ${source.from}`;
}

/** A leaf of every tree moves at each event, so that their rates add up. */
const LEAVES = [
  "learner:",
  "  optimizer: { kind: adagrad, rate: 0.02, l2: 0.0001 }  # choose the rate: every tree's leaf moves at each event; l2 pulls toward the leaf values",
  "",
];

/** The learner that goes on with what trained the checkpoint, as far as its slots and settings tell. */
export function learnerLines(checkpoint: Checkpoint | undefined): string[] {
  if (checkpoint?.trees !== undefined) return LEAVES;
  const optimizers = new Map<string, string>();
  for (const { optimizer, tensor } of checkpoint?.slots ?? []) {
    if (!optimizers.has(optimizer)) optimizers.set(optimizer, tensor);
  }
  const parameters = checkpoint?.hyperparameters ?? new Map<string, number>();
  const rate = [...parameters].find(([name]) => /(^|\/)(lr|learning_rate)$/.test(name));
  const accumulator = [...parameters].find(([name]) => /initial_accumulator/.test(name));
  const value = rate === undefined ? 0.1 : Number(rate[1].toPrecision(6));
  const why = rate === undefined ? "choose the rate" : `guessed: ${rate[0]} of the checkpoint`;
  const found =
    optimizers.size === 0
      ? ""
      : `; slots in the checkpoint: ${[...optimizers].map(([name, tensor]) => `${name} (${basename(tensor)})`).join(", ")}`;
  const begin = accumulator === undefined ? 0.1 : accumulator[1];
  const [only] = optimizers.size === 1 ? optimizers.keys() : [];
  const own: Readonly<Record<string, string>> = {
    ftrl: `{ kind: ftrl, rate: ${value}, beta: 0 }`,
    adam: `{ kind: adam, rate: ${rate === undefined ? 0.001 : value}${adamSettings(parameters)} }`,
  };
  const trained =
    checkpoint === undefined ? [] : [...optimizers.keys()].map((kind) => asTrained(kind, checkpoint));
  if (trained.length > 1 && trained.every((one) => one !== undefined))
    return [`learner: {}  # each term goes on as it was trained: ${trained.join("; ")}`, ""];
  const optimizer = own[only ?? ""] ?? `{ kind: adagrad, rate: ${value}, initialAccumulator: ${begin} }`;
  const terms =
    optimizers.has("ftrl") && optimizers.size > 1
      ? [
          "  terms:  # the terms whose slots are FTRL's",
          "    bias: { kind: ftrl, rate: 0.005, beta: 0 }  # choose the rate",
          "    linear: { kind: ftrl, rate: 0.005, beta: 0 }  # choose the rate",
        ]
      : [];
  return ["learner:", `  optimizer: ${optimizer}  # ${why}${found}`, ...terms, ""];
}
