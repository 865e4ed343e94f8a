import { seededRandom } from "../../../src/core/random.js";

/** A node of XGBoost's dump_model; features are called xgboost_input_<number>, `yes` is where a smaller value goes. */
export interface DumpNode {
  leaf?: number;
  nodeid: number;
  split?: string;
  split_condition?: number;
  yes?: number;
  missing?: number;
  children?: DumpNode[];
}

type Row = readonly (number | null)[];

/** The value of the leaf that a row reaches; null is missing. */
export function dumpedLeaf(node: DumpNode, row: Row): number {
  const { leaf, split_condition: threshold = Number.NaN, yes, missing, children = [] } = node;
  if (leaf !== undefined) return leaf;
  const value = row[featureOf(node)] ?? undefined;
  const isLess = value !== undefined && Math.fround(value) < Math.fround(threshold);
  const no = children.find(({ nodeid }) => nodeid !== yes)?.nodeid;
  const to = value === undefined ? missing : isLess ? yes : no;
  const child = children.find(({ nodeid }) => nodeid === to);
  return child === undefined ? Number.NaN : dumpedLeaf(child, row);
}

/** Rows of values at, just below and just above the thresholds of their features, some of them missing. */
export function rowsBeside(trees: readonly DumpNode[], features: number, rows: number): Row[] {
  const thresholds = Array.from({ length: features }, () => [0]);
  const open = [...trees];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.split_condition !== undefined) thresholds[featureOf(node)]?.push(node.split_condition);
    open.push(...(node.children ?? []));
  }
  const random = seededRandom(3);
  const pick = <Of>(from: readonly Of[]): Of | undefined => from[Math.floor(random.uniform() * from.length)];
  return Array.from({ length: rows }, () =>
    thresholds.map((list) => {
      const [value = 0, nudge] = [pick(list), pick([-1e-5, 0, 1e-5, undefined])];
      return nudge === undefined ? null : value * (1 + nudge);
    }),
  );
}

function featureOf({ split = "" }: DumpNode): number {
  return Number(split.replace("xgboost_input_", ""));
}
