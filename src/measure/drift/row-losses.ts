import type { PointwiseLink } from "../../core/model-spec.js";
import { CLIP } from "../log-loss.js";
import type { Scored } from "../scored.js";

/** The loss of each row: log loss in nats, clipped as the mean one is, or the squared error. O(n). */
export function rowLosses({ predictions, labels }: Scored, link: PointwiseLink): Float64Array {
  return predictions.map((prediction, row) => {
    const label = labels[row] ?? Number.NaN;
    if (link === "squared") return (prediction - label) ** 2;
    const p = Math.min(Math.max(prediction, CLIP), 1 - CLIP);
    return label === 1 ? -Math.log(p) : -Math.log(1 - p);
  });
}
