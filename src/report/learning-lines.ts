import type { Figure, Refusal } from "../core/figure.js";
import { formatCount, formatFigure, formatInterval, formatTable } from "./format.js";

export interface LearningReport {
  catchingUp: readonly {
    online: string;
    batch: string;
    epsilon: number;
    slices: number;
    events: Figure;
    seconds: Figure;
  }[];
  gaps: readonly { effect: string; from?: string; to?: string; difference: Figure }[];
}

const WORDS: Readonly<Record<string, string>> = {
  memory: "memory (a window -> all history)",
  cadence: "cadence (all history -> every event)",
  training: "training (epochs, rates)",
};

/** What the learning curves say: each gap from its own control, and when online caught up with each batch policy. */
export function learningLines(learning: LearningReport | Refusal): string[] {
  if ("refused" in learning) return [`learning curves: ${learning.refused}: ${learning.reason}`];
  return [...gapLines(learning.gaps), "", ...catchingUpLines(learning.catchingUp)];
}

function gapLines(gaps: LearningReport["gaps"]): string[] {
  const rows = gaps.map(({ effect, from, to, difference }) => [
    WORDS[effect] ?? effect,
    from === undefined ? "" : `${from} -> ${to}`,
    formatFigure(difference, 4),
    formatInterval(difference, 4),
  ]);
  const missing = gaps.flatMap(({ effect, difference }) =>
    "refused" in difference && difference.refused === "no-control"
      ? [`${effect}: ${difference.reason}: ${difference.remedy}`]
      : [],
  );
  return [
    "What the gaps are made of: normalized entropy gained when one thing changes. They are not added up.",
    formatTable(["effect", "between", "gain", "95 % interval"], rows),
    ...missing,
  ];
}

function catchingUpLines(pairs: LearningReport["catchingUp"]): string[] {
  const [first] = pairs;
  if (first === undefined) return [];
  const rows = pairs
    .filter(({ online }) => online === first.online)
    .map(({ batch, events, seconds }) => [
      batch,
      "refused" in events ? events.refused : formatCount(events.value),
      "refused" in seconds ? "" : (seconds.value / 86_400).toFixed(1),
    ]);
  return [
    `${first.online} caught up: the first slice from which it is within ${first.epsilon} of normalized entropy, or better, for ${first.slices} slices.`,
    formatTable(["with", "after rows", "after days"], rows),
  ];
}
