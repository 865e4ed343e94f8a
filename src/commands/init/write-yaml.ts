import type { Checkpoint } from "../../convert/checkpoint.js";
import type { Recognised } from "../../convert/recognise.js";
import { formatTime } from "../../core/time.js";
import type { TimeProfile } from "../../replay/profile.js";
import type { ColumnGuesses, Guess } from "./guess-columns.js";
import type { FeatureGuess } from "./guess-features.js";
import { learnerLines } from "./learner-lines.js";

export interface Proposal {
  time: TimeProfile;
  cutOffMicros: number;
  rowsBefore: number;
  guesses: ColumnGuesses;
  features: readonly FeatureGuess[];
  checkpoint?: { path: string; read: Checkpoint; recognised: Recognised | undefined };
}

/** unbatch.yaml as text, with a comment at each guess and `# choose` where a person must. */
export function writeYaml(proposal: Proposal): string {
  return [
    "# Proposed by unbatch init. Every guess says why; lines with `# choose` need you.",
    "# docs/unbatch-yaml.md explains every key.",
    `# Values were fitted on the ${proposal.rowsBefore} rows shown before ${formatTime(proposal.cutOffMicros)} alone.`,
    "version: 1",
    "",
    ...logLines(proposal),
    "",
    ...featureLines(proposal),
    ...checkpointLines(proposal),
    ...modelLines(proposal),
    ...learnerLines(proposal.checkpoint?.read),
    ...compareLines(proposal),
    "",
  ].join("\n");
}

function logLines({ time, guesses }: Proposal): string[] {
  const { name: timeColumn, unit: found } = time.column;
  const isSaid = found.because.includes("type") || found.because.startsWith("ISO");
  const unit = isSaid ? "" : `, unit: ${found.unit}`;
  const line = (key: string, guess: Guess | undefined): string[] =>
    guess === undefined ? [] : [`  ${key}: ${scalar(guess.value)}${comment(guess)}`];
  return [
    "log:",
    `  time: { column: ${scalar(timeColumn)}${unit} }  # guessed: ${found.because}`,
    ...line("label", guesses.label),
    "  known: { after: 0s }  # choose: how long after an event its label can be used, or { column: NAME }",
    ...line("user", guesses.user),
    ...line("item", guesses.item),
    ...line("group", guesses.group),
    ...line("eventId", guesses.eventId),
    ...line("propensity", guesses.propensity),
    ...line("position", guesses.position),
  ];
}

function featureLines({ features }: Proposal): string[] {
  if (features.length === 0) return ["features: []  # choose: no column looks like a feature", ""];
  return [
    "features:",
    ...features.flatMap(({ name, column, encoder, bag, because, isOpen }) => [
      `  - name: ${scalar(name)}`,
      `    column: ${scalar(column)}`,
      `    encoder: ${encoder}${comment({ because, isOpen })}`,
      ...(bag === undefined ? [] : [`    bag: ${bag}  # the mean of the list's rows; or sum, sqrtn`]),
    ]),
    "",
  ];
}

/** What no checkpoint of a DLRM says. */
const LAYOUT = [
  "  # choose, where golden outputs differ: the order of what the upper layers read",
  "  # interaction: { vectors: [dense, FEATURE, ...], pairs: lower, above: [dense, products] }",
];

function checkpointLines({ checkpoint }: Proposal): string[] {
  if (checkpoint === undefined) return [];
  const { path, recognised } = checkpoint;
  return [
    "checkpoint:",
    `  path: ${scalar(path)}`,
    ...(recognised === undefined
      ? [
          "  # choose: no family was recognised; name the roles under tensors: (unbatch inspect shows the tensors)",
        ]
      : [
          `  family: ${recognised.family}  # guessed: ${recognised.evidence[0] ?? ""}`,
          ...recognised.assumed.map((line) => `  # assumed: ${line}`),
          ...(recognised.family === "dlrm" ? LAYOUT : []),
        ]),
    ...(recognised?.family === "als" ? alsLines(checkpoint.read) : []),
    "  # slots: exact  # as saved; or rescaled, or fresh; default: what loses least on rows of convert --log before the cut-off",
    "  # training: { batchSize: 256, reduction: mean }  # what the optimizer's slots were gathered over, for rescaled",
    "  # choose: what the checkpoint has learned; compare asks for it",
    '  # trained: { throughShownAt: "2024-05-01", labelsAsOf: "2024-05-01" }',
    "",
  ];
}

/** What an ALS needs beside its tables, with the settings that its file holds. */
function alsLines({ hyperparameters }: Checkpoint): string[] {
  const setting = (name: string): string => String(hyperparameters.get(name) ?? "?");
  return [
    "  # its scores are no logits: convert --log fits logit = scale x score + shift before the cut-off, or tell it",
    "  # calibration: { scale: 4, shift: -2 }",
    "  # a row for users of the log that it does not hold, as training would have given it",
    `  # foldIn: { regularization: ${setting("regularization")}, alpha: ${setting("alpha")} }`,
  ];
}

/** Without a checkpoint: a residual on the logged score where there is one, else a linear model of its own. */
function modelLines({ checkpoint, features, guesses }: Proposal): string[] {
  if (checkpoint !== undefined) return [];
  const names = features.map(({ name }) => scalar(name));
  const offset =
    guesses.score === undefined
      ? []
      : [
          `    - { kind: offset, column: ${scalar(guesses.score.value)}, scale: ${guesses.score.scale} }  # choose: the score that the model in production logged (${guesses.score.because})`,
        ];
  return [
    "model:",
    "  link: logistic",
    "  terms:",
    ...offset,
    "    - { kind: bias }",
    ...(names.length === 0 ? [] : [`    - { kind: linear, features: [${names.join(", ")}] }`]),
    "",
  ];
}

function compareLines({ checkpoint, time, cutOffMicros }: Proposal): string[] {
  const days = Math.max(
    1,
    Math.round((cutOffMicros - Math.floor(time.firstMicros / 86_400e6) * 86_400e6) / 86_400e6),
  );
  const window = Math.max(1, Math.min(28, days));
  return [
    "compare:",
    ...(checkpoint === undefined
      ? [`  pretrain: ${days}d  # to the cut-off: ${formatTime(cutOffMicros)}`]
      : []),
    "  policies:",
    "    - { name: frozen, kind: frozen }",
    `    - { name: window_daily, kind: stateless, window: ${window}d, every: 1d }  # choose: your nightly job's window`,
    "    - { name: all_history_daily, kind: stateless, window: all, every: 1d }",
    "    - { name: warm_daily, kind: warm, every: 1d }",
    "    - { name: online, kind: online }",
  ];
}

function comment({ because, isOpen }: { because: string; isOpen: boolean }): string {
  if (!isOpen) return `  # guessed: ${because}`;
  return because.startsWith("choose") ? `  # ${because}` : `  # choose: ${because}`;
}

/** A YAML scalar: quoted wherever plain text could mean something else. */
function scalar(value: string): string {
  return /^[A-Za-z_][\w .>=<*/+()-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value) &&
    !/\s$|: | #/.test(value)
    ? value
    : JSON.stringify(value);
}
