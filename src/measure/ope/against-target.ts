import type { LoggedEvents } from "./events.js";
import type { RunningMeans } from "./reward-model.js";
import type { ModelledRows } from "./rows.js";
import { type Candidates, type Choice, probabilityOf, type TargetPolicy } from "./target.js";

/** Logged rows beside what the target would have done, and how much of that the log can speak for. */
export interface TargetedRows extends ModelledRows {
  /** The event that each row is. */
  events: Int32Array;
  /** The target's probability of each row's logged action. */
  targets: Float64Array;
  /** Of the logged items' groups, where those are known: see marginalWeights. */
  marginalWeights?: Float64Array;
  /** Mean probability that the target puts on items that the log never shows. */
  unseenMass: number;
  /** Rows in whose place the target had no item to choose from: not evaluated. */
  withoutCandidates: number;
  /** Rows whose logged item was not among the candidates, and the first of them. */
  notCandidates: { count: number; first: number };
  /** The target took one item with certainty in place of every row. */
  isDeterministic: boolean;
}

export interface AgainstTarget {
  events: LoggedEvents;
  /** The rows to evaluate, ascending. */
  rows: Int32Array;
  target: TargetPolicy;
  /** What the logged action must be among; undefined where nothing says so. */
  candidates: Candidates | undefined;
  rewardModel: RunningMeans;
  /** The group of each item (-1: of its own), and the policy that wrote the log, whole. */
  groups: { ofItem: Int32Array; logging: TargetPolicy } | undefined;
  /** Called with the rows done, now and then. */
  advance(rows: number): void;
}

const STEP = 4096;

/** One pass in the order of events. Weights are NaN where the log has no propensity. O(rows * candidates). */
export function againstTarget(options: AgainstTarget): TargetedRows {
  const { events, target, candidates, rewardModel } = options;
  const wasShown = new Uint8Array(events.item.ids.length);
  for (const item of events.item.codes) wasShown[item] = 1;
  const kept: number[] = [];
  const targets: number[] = [];
  const expected: number[] = [];
  const predicted: number[] = [];
  const marginal: number[] = [];
  const notCandidates = { count: 0, first: -1 };
  let unseen = 0;
  let isDeterministic = true;
  for (const [index, row] of options.rows.entries()) {
    if (index % STEP === STEP - 1) options.advance(STEP);
    const choice = target.choose(row);
    if (choice === undefined) continue;
    const reward = rewardModel.at(row);
    const { items, probabilities } = choice;
    let value = 0;
    for (let at = 0; at < items.length; at++) {
      const item = items[at] ?? 0;
      const probability = probabilities[at] ?? 0;
      if (probability === 0) continue;
      value += probability * reward(item);
      if (wasShown[item] !== 1) unseen += probability;
      if (probability !== 1) isDeterministic = false;
    }
    const logged = events.item.codes[row] ?? 0;
    if (candidates !== undefined && !candidates.of(row).includes(logged)) {
      if (notCandidates.count === 0) notCandidates.first = row;
      notCandidates.count += 1;
    }
    kept.push(row);
    targets.push(probabilityOf(choice, logged));
    expected.push(value);
    predicted.push(reward(logged));
    if (options.groups !== undefined) {
      const { ofItem, logging } = options.groups;
      marginal.push(groupShare(choice, logged, ofItem) / groupShare(logging.choose(row), logged, ofItem));
    }
  }
  options.advance(options.rows.length % STEP);
  const { rowWeights, propensities } = events;
  return {
    events: Int32Array.from(kept),
    rewards: Float64Array.from(kept, (row) => events.rewards[row] ?? Number.NaN),
    weights: Float64Array.from(kept, (row, at) => (targets[at] ?? 0) / (propensities?.[row] ?? Number.NaN)),
    ...(rowWeights === undefined
      ? {}
      : { rowWeights: Float64Array.from(kept, (row) => rowWeights[row] ?? 0) }),
    ...(options.groups === undefined ? {} : { marginalWeights: Float64Array.from(marginal) }),
    targets: Float64Array.from(targets),
    expectedRewards: Float64Array.from(expected),
    predictedRewards: Float64Array.from(predicted),
    unseenMass: kept.length === 0 ? 0 : unseen / kept.length,
    withoutCandidates: options.rows.length - kept.length,
    notCandidates,
    isDeterministic,
  };
}

/** The probability of the items that share the logged item's group. */
function groupShare(choice: Choice | undefined, logged: number, ofItem: Int32Array): number {
  if (choice === undefined) return Number.NaN;
  const group = ofItem[logged] ?? -1;
  if (group < 0) return probabilityOf(choice, logged);
  let sum = 0;
  choice.items.forEach((item, at) => {
    if (ofItem[item] === group) sum += choice.probabilities[at] ?? 0;
  });
  return sum;
}
