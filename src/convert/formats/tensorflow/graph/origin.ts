import type { Constant } from "./constant.js";
import type { Place, Places } from "./places.js";

/** Where a value comes from, past the operations that only move it. */
export interface Origin {
  place: Place;
  /** What stands for a value that an example lacks. */
  missing?: Constant;
  /** A fraction was cut off on the way. */
  isTruncated: boolean;
}

/** Operations that hand a value on as it is, and the input that it comes in by. */
const PASSES: Readonly<Record<string, number>> = {
  Identity: 0,
  StopGradient: 0,
  Reshape: 0,
  Squeeze: 0,
  ExpandDims: 0,
  EnsureShape: 0,
  Unique: 0,
  ReadVariableOp: 0,
  SparseFillEmptyRows: 1,
  // Of one value, its sum and its mean are the value.
  SparseSegmentSum: 0,
  SparseSegmentMean: 0,
  SparseSegmentSqrtN: 0,
};
const MAX_CHAIN = 1000;

/** Undefined where the graph is broken there. */
export function originOf(places: Places, from: Place | undefined): Origin | undefined {
  let place = from;
  let missing: Constant | undefined;
  let isTruncated = false;
  for (let steps = 0; place !== undefined && steps < MAX_CHAIN; steps++) {
    const { op } = place.node;
    const passed = PASSES[op];
    if (passed !== undefined) place = places.input(place, passed);
    else if (op === "Cast") {
      const isFloat = /float/.test(place.node.attribute("SrcT").type ?? "");
      if (isFloat && /^int/.test(place.node.attribute("DstT").type ?? "")) isTruncated = true;
      place = places.input(place, 0);
    } else if (op === "SparseToDense") {
      missing ??= constantNode(places, places.input(place, 3));
      place = places.input(place, 2);
    } else if (op === "GatherV2" && !isVariable(originOf(places, places.input(place, 0))?.place)) {
      place = places.input(place, 0);
    } else if (/^Select(V2)?$/.test(op) && isEmptyRow(places, places.input(place, 0))) {
      // An example without the feature has zeros: with `missing`, there is none.
      place = places.input(place, 2);
    } else if (op === "GatherNd" && place.node.attribute("Tparams").type !== "string") {
      // What a dense tensor becomes a sparse one by. Of texts, "" would be left out on the way.
      place = places.input(place, 0);
    } else return { place, isTruncated, ...(missing === undefined ? {} : { missing }) };
  }
  return undefined;
}

/** The condition of safe_embedding_lookup_sparse: which examples have no value. */
function isEmptyRow(places: Places, from: Place | undefined): boolean {
  let place = from;
  for (let steps = 0; steps < 8 && place !== undefined; steps++) {
    if (place.node.op === "SparseFillEmptyRows") return true;
    if (!/^(Tile|Reshape|Identity|ExpandDims)$/.test(place.node.op)) return false;
    place = places.input(place, 0);
  }
  return false;
}

export function isVariable(place: Place | undefined): place is Place {
  return place !== undefined && /^(VarHandleOp|VariableV2|Variable)$/.test(place.node.op);
}

/** The name a variable is saved under; the parts of a partitioned one are saved as one. */
export function variableName({ node }: Place): string {
  const shared = node.attribute("shared_name").text;
  return (shared === undefined || shared === "" ? node.name : shared).replace(/\/part_\d+$/, "");
}

function constantNode(places: Places, from: Place | undefined): Constant | undefined {
  const place = originOf(places, from)?.place;
  return place?.node.op === "Const" ? place.node.attribute("value").constant : undefined;
}
