import { UnbatchError } from "../core/errors.js";

const MOST_STEPS = 100;
const SMALLEST_DECREASE = 1e-12;

/**
 * Platt scaling (Platt 1999; Newton's method of Lin, Lin and Weng 2007, algorithm 1): scale and shift of the logit of a
 * score that has the least log loss on these rows, labels drawn in to (N+ + 1) / (N+ + 2) and 1 / (N- + 2), so that
 * scores which part the labels have an end too. O(rows) a step.
 * Errors: labels of one kind alone; a score that falls where the label rises.
 */
export function plattScaling(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  where: string,
): { scale: number; shift: number } {
  const rows = scores.length;
  const positives = Array.from(labels).filter((label) => label > 0.5).length;
  if (positives === 0 || positives === rows)
    throw unfit(where, `${rows} rows of which ${positives} are positive`, "labels of both kinds");
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (rows - positives + 2)];
  const target = (row: number): number => ((labels[row] ?? 0) > 0.5 ? high : low);
  const lossAt = (scale: number, shift: number): number => {
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const z = scale * (scores[row] ?? 0) + shift;
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - target(row) * z;
    }
    return sum;
  };
  let [scale, shift] = [0, Math.log((positives + 1) / (rows - positives + 1))];
  let loss = lossAt(scale, shift);
  for (let step = 0; step < MOST_STEPS; step++) {
    const [alongScale, alongShift] = newtonStep(scores, target, scale, shift);
    let length = 1;
    let next = lossAt(scale + alongScale, shift + alongShift);
    while (next > loss && length > 1e-10) {
      length /= 2;
      next = lossAt(scale + length * alongScale, shift + length * alongShift);
    }
    if (!(next < loss)) break;
    scale += length * alongScale;
    shift += length * alongShift;
    const decrease = loss - next;
    loss = next;
    if (decrease < SMALLEST_DECREASE * rows) break;
  }
  if (!(scale > 0))
    throw unfit(where, `a score that does not rise with the label (scale ${scale})`, "a scale above 0");
  return { scale, shift };
}

/** -H^-1 g of the loss, H with a ridge of 1e-12 as in the paper. */
function newtonStep(
  scores: ArrayLike<number>,
  target: (row: number) => number,
  scale: number,
  shift: number,
): [number, number] {
  let [gScale, gShift, hScale, hBoth, hShift] = [0, 0, 1e-12, 0, 1e-12];
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row] ?? 0;
    const p = 1 / (1 + Math.exp(-(scale * score + shift)));
    const difference = p - target(row);
    const weight = p * (1 - p);
    gScale += score * difference;
    gShift += difference;
    hScale += score * score * weight;
    hBoth += score * weight;
    hShift += weight;
  }
  const determinant = hScale * hShift - hBoth * hBoth;
  return [
    -(hShift * gScale - hBoth * gShift) / determinant,
    -(hScale * gShift - hBoth * gScale) / determinant,
  ];
}

function unfit(where: string, found: string, expected: string): UnbatchError {
  return new UnbatchError({
    where,
    found,
    expected,
    next: "tell the calibration: checkpoint: { calibration: { scale: 4, shift: -2 } } in unbatch.yaml",
  });
}
