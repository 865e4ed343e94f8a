import { solveCholesky } from "../core/cholesky.js";
import { UnbatchError } from "../core/errors.js";
import { loadState, saveState } from "../model/load.js";
import type { OnlineModel } from "../model/model.js";
import type { RowsBefore } from "./look-before.js";

/** How an ALS was trained, which its file does not hold. */
export interface FoldInRule {
  regularization: number;
  alpha: number;
  /** Of r events with an item: 1 + alpha r, or 1 + alpha ln(1 + r). */
  confidence: "linear" | "log";
  /** The regularization once, or times the user's items (Spark's ALS). */
  regularize: "plain" | "by-count";
}

/**
 * A row for each user that the vocabulary does not hold and that has positives among these rows: the exact solution of
 * the user's side of ALS with the items at rest, x = (Y'Y + Y'(C - I)Y + lambda I)^-1 Y'C p (Hu, Koren and Volinsky
 * 2008, equation 4). `user` is the user's feature; the left side of the model's product has `scale` in it.
 * O(items x width^2) once and O(items of a user x width^2 + width^3) a user. Returns the model and how many were added.
 */
export function foldIn(
  model: OnlineModel,
  { batch, newIds }: RowsBefore,
  rule: FoldInRule,
  user: string,
  scale: number,
): { model: OnlineModel; users: number } {
  const term = model.spec.terms.find(({ kind }) => kind === "dot");
  if (term?.kind !== "dot") throw new TypeError("fold-in of a model without a dot term");
  const item = term.left === user ? term.right : term.left;
  const [userScale, itemScale] = term.left === user ? [scale, 1] : [1, scale];
  const state = loadState(model, newIds);
  const [users, items] = [state.table(`${term.name}/${user}`), state.table(`${term.name}/${item}`)];
  const { width } = term;
  const vector = (row: number): ArrayLike<number> =>
    items.weights.slice(row * width, (row + 1) * width).map((value) => value / itemScale);
  const itemRows = new Set(model.vocabularies.get(item)?.rows ?? []);
  const gram = new Float64Array(width * width);
  for (const row of itemRows) addOuter(gram, vector(row), 1);
  const rows = state.rows(user);
  const histories = historiesOf(batch, user, item, itemRows);
  for (const [newUser, counts] of histories) {
    const matrix = gram.slice();
    const right = new Float64Array(width);
    for (const [liked, count] of counts) {
      const extra = rule.alpha * (rule.confidence === "linear" ? count : Math.log1p(count));
      const y = vector(liked);
      addOuter(matrix, y, extra);
      for (let k = 0; k < width; k++) right[k] = (right[k] ?? 0) + (1 + extra) * (y[k] ?? 0);
    }
    const lambda = rule.regularization * (rule.regularize === "by-count" ? counts.size : 1);
    for (let k = 0; k < width; k++) matrix[k * width + k] = (matrix[k * width + k] ?? 0) + lambda;
    const solved = solveCholesky(matrix, right);
    if (!solved.every(Number.isFinite)) throw notSolvable(rows.newIds.stringAt(newUser), rule);
    const row = rows.rows;
    rows.append(newUser);
    users.weights.set(
      solved.map((value) => userScale * value),
      row * width,
    );
  }
  return { model: saveState(model, state), users: histories.size };
}

/** By the number of a new user: how often each known item stands with a positive label. */
function historiesOf(
  batch: RowsBefore["batch"],
  user: string,
  item: string,
  items: ReadonlySet<number>,
): Map<number, Map<number, number>> {
  const [users, seen] = [batch.features.get(user), batch.features.get(item)];
  const histories = new Map<number, Map<number, number>>();
  if (users?.kind !== "rows" || seen?.kind !== "rows") return histories;
  for (let row = 0; row < batch.rows; row++) {
    const [who, what] = [users.codes[row] ?? 0, seen.codes[row] ?? -1];
    if (who >= 0 || !items.has(what) || !((batch.label[row] ?? 0) > 0.5)) continue;
    const history = histories.get(-1 - who) ?? new Map<number, number>();
    histories.set(-1 - who, history.set(what, (history.get(what) ?? 0) + 1));
  }
  return histories;
}

function addOuter(matrix: Float64Array, y: ArrayLike<number>, weight: number): void {
  for (let i = 0; i < y.length; i++) {
    for (let j = 0; j < y.length; j++)
      matrix[i * y.length + j] = (matrix[i * y.length + j] ?? 0) + weight * (y[i] ?? 0) * (y[j] ?? 0);
  }
}

function notSolvable(user: string, { regularization }: FoldInRule): UnbatchError {
  return new UnbatchError({
    where: `fold-in of user ${JSON.stringify(user)}`,
    found: `a system of equations without one solution (regularization ${regularization})`,
    expected: "a regularization above 0",
    next: "give the one of the training: checkpoint: { foldIn: { regularization: 0.01, alpha: 40 } }",
  });
}
