import type { Place, Places } from "./places.js";

/** Each operation on numbers that graphs fold their constants with, element by element. */
const ELEMENTWISE: Readonly<Record<string, (a: number, b: number) => number>> = {
  Sqrt: Math.sqrt,
  Neg: (a) => -a,
  Sub: (a, b) => a - b,
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  Mul: (a, b) => a * b,
  Maximum: Math.max,
};
const MOVES = /^(Identity|Reshape|Squeeze|ExpandDims|Cast)$/;
const MAX_DEPTH = 32;

/**
 * The numbers of a place that depends on constants alone, flat, each operation rounded to the type it has in the graph.
 * Undefined where it depends on an example or on an operation that is not known.
 */
export function numbersOf(
  places: Places,
  place: Place | undefined,
  depth = 0,
): readonly number[] | undefined {
  if (place === undefined || depth > MAX_DEPTH) return undefined;
  const { node } = place;
  const input = (index: number): readonly number[] | undefined =>
    numbersOf(places, places.input(place, index), depth + 1);
  if (node.op === "Const") {
    const constant = node.attribute("value").constant;
    return constant === undefined || constant.dtype === "string" ? undefined : constant.numbers;
  }
  if (MOVES.test(node.op)) return input(0);
  // Of a tensor filled with one number, and of its copies, the number says all.
  if (node.op === "Fill") return input(1);
  if (node.op === "Tile") {
    const tiled = input(0);
    return tiled?.length === 1 ? tiled : undefined;
  }
  if (node.op === "Range") {
    const [start, limit, delta] = [input(0)?.[0], input(1)?.[0], input(2)?.[0]];
    return start !== undefined && limit === start + 1 && delta === 1 ? [start] : undefined;
  }
  const operation = ELEMENTWISE[node.op];
  const left = input(0);
  if (operation === undefined || left === undefined) return undefined;
  const right = node.inputs.length > 1 ? input(1) : left;
  if (right === undefined || !(left.length === right.length || left.length === 1 || right.length === 1))
    return undefined;
  const round = node.attribute("T").type === "float32" ? Math.fround : (value: number) => value;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) =>
    round(operation(at1(left, at), at1(right, at))),
  );
}

/** An array of one number is as long as the other one. */
function at1(values: readonly number[], at: number): number {
  return values[values.length === 1 ? 0 : at] ?? Number.NaN;
}
