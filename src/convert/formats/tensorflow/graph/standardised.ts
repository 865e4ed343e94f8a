import { columnOf, type Encoding, missingNumber, type Stuck, stuckAt } from "./column.js";
import { numbersOf } from "./evaluate.js";
import { originOf } from "./origin.js";
import type { Place, Places } from "./places.js";

/**
 * A number as it is, or (transform(x) - mean) / scale or a part of that: what tf.Transform's scale_to_z_score and Keras'
 * Normalization amount to. Constants are folded at the precision that the graph has.
 */
export function standardised(places: Places, from: Place | undefined): Encoding | Stuck {
  let at = from;
  const op = (): string => originOf(places, at)?.place.node.op ?? "";
  const precision =
    originOf(places, from)?.place.node.attribute("T").type === "float64" ? "float64" : "float32";
  /** Goes on with the left side of an operation whose right side is one number. */
  const peel = (operation: string, otherwise: number): number | undefined => {
    if (op() !== operation) return otherwise;
    const place = originOf(places, at)?.place;
    const right = place === undefined ? undefined : numbersOf(places, places.input(place, 1));
    if (place === undefined || right?.length !== 1) return undefined;
    at = places.input(place, 0);
    return right[0];
  };
  const scale = peel("RealDiv", 1);
  if (scale === undefined || !(scale >= 0)) return stuckAt(at);
  const mean = peel("Sub", 0);
  if (mean === undefined) return stuckAt(at);
  const isLog = op() === "Log1p";
  const log = isLog ? originOf(places, at)?.place : undefined;
  const column = columnOf(places, log === undefined ? at : places.input(log, 0));
  if ("stuck" in column) return column;
  return {
    column: column.name,
    encoder: {
      kind: "dense",
      mean,
      scale,
      transform: isLog ? "log1p" : "none",
      truncate: column.isTruncated || /^int/.test(column.dtype),
      precision,
      ...missingNumber(column),
    },
  };
}
