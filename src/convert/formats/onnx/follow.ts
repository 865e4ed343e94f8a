import type { Tensor } from "../../../core/tensor.js";
import {
  type Cell,
  type Cells,
  cellAt,
  cellsOf,
  fromEnd,
  matrixProduct,
  NotFollowed,
  numbersIn,
  sizeOf,
} from "./cells.js";
import type { OnnxNode } from "./graph.js";

const MAX_DEPTH = 500;

/** Where following begins and ends. */
export interface Ground {
  nodes: ReadonlyMap<string, OnnxNode>;
  /** Tensors of whole numbers. */
  integers: ReadonlyMap<string, Tensor>;
  /** The width of a vector of one event, where a name is one. */
  widthOf(name: string): number | undefined;
}

/**
 * What an output of an ONNX graph holds for one event, by the operators that move numbers about (onnx/Operators.md) and by
 * products of matrices: nothing is computed but indices. Error: NotFollowed at any other operator.
 */
export function follow(ground: Ground, output: string): Cells {
  const done = new Map<string, Cells>();
  const read = (name: string, depth: number): Cells => {
    const known = done.get(name);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) throw new NotFollowed("too deep");
    const cells = cellsNamed(ground, name, (input) => read(input, depth + 1));
    done.set(name, cells);
    return cells;
  };
  return read(output, 0);
}

function cellsNamed(ground: Ground, name: string, read: (name: string) => Cells): Cells {
  const integers = ground.integers.get(name);
  if (integers !== undefined) {
    const values = integers.values();
    const numbers = Array.from({ length: values.length }, (_, at) => Number(values[at]));
    return { shape: integers.shape, cells: numbers };
  }
  const width = ground.widthOf(name);
  if (width !== undefined) return cellsOf([1, width], ([, at = 0]) => ({ vector: name, at }));
  const node = ground.nodes.get(name);
  if (node === undefined) throw new NotFollowed(`nothing gives ${name}`);
  const [from = ""] = node.inputs;
  const isOfInput = node.operator === "Shape" && !ground.nodes.has(from) && !ground.integers.has(from);
  // Of one event: what else the shape of an input is, nothing says.
  if (isOfInput) return { shape: [2], cells: [1, { vector: from, at: 0 }] };
  return moved(node, read);
}

function moved(node: OnnxNode, read: (name: string) => Cells): Cells {
  const { operator, inputs, attributes } = node;
  const input = (at: number): Cells => read(inputs[at] ?? "");
  const number = (name: string, otherwise: number): number => attributes.get(name)?.numbers[0] ?? otherwise;
  /** As an attribute, or as an input of newer versions. */
  const list = (name: string, at: number): number[] | undefined => {
    const own = attributes.get(name)?.numbers;
    if (own !== undefined) return [...own];
    return (inputs[at] ?? "") === "" ? undefined : numbersIn(input(at));
  };
  switch (operator) {
    case "Identity":
    case "Cast":
    case "Dropout":
      return input(0);
    case "Shape":
      return { shape: [input(0).shape.length], cells: input(0).shape };
    case "Reshape":
      return reshaped(input(0), numbersIn(input(1)));
    case "Flatten": {
      const { shape } = input(0);
      const axis = fromEnd(number("axis", 1), shape.length);
      return reshaped(input(0), [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]);
    }
    case "Squeeze":
    case "Unsqueeze":
      return withAxes(input(0), operator, list("axes", 1));
    case "Transpose":
      return transposed(input(0), attributes.get("perm")?.numbers);
    case "Concat":
      return joined(inputs.map(read), number("axis", 0));
    case "Gather":
      return gathered(input(0), input(1), number("axis", 0));
    case "GatherND":
      return gatheredByIndex(input(0), input(1), number("batch_dims", 0));
    case "Slice":
      return sliced(input(0), list("starts", 1), list("ends", 2), list("axes", 3), list("steps", 4));
    case "MatMul":
      return matrixProduct(input(0), input(1));
    case "Add":
      return elementwise(input(0), input(1), (a, b) => a + b);
    case "Mul":
      return elementwise(input(0), input(1), (a, b) => a * b);
    default:
      throw new NotFollowed(operator);
  }
}

function reshaped({ shape, cells }: Cells, asked: readonly number[]): Cells {
  const sizes = asked.map((size, axis) => (size === 0 ? (shape[axis] ?? 0) : size));
  const known = sizeOf(sizes.filter((size) => size !== -1));
  const whole = sizes.map((size) => (size === -1 ? cells.length / known : size));
  if (sizeOf(whole) !== cells.length) throw new NotFollowed("another number of elements");
  return { shape: whole, cells };
}

function withAxes(
  { shape, cells }: Cells,
  operator: "Squeeze" | "Unsqueeze",
  axes: number[] | undefined,
): Cells {
  if (operator === "Squeeze") {
    const places = axes?.map((axis) => fromEnd(axis, shape.length));
    return {
      shape: shape.filter((size, axis) => !(places === undefined ? size === 1 : places.includes(axis))),
      cells,
    };
  }
  const rank = shape.length + (axes?.length ?? 0);
  const places = (axes ?? []).map((axis) => fromEnd(axis, rank));
  const rest = [...shape];
  return {
    shape: Array.from({ length: rank }, (_, axis) => (places.includes(axis) ? 1 : (rest.shift() ?? 1))),
    cells,
  };
}

function transposed(from: Cells, order: readonly number[] | undefined): Cells {
  const axes = order ?? from.shape.map((_, axis) => from.shape.length - 1 - axis);
  const shape = axes.map((axis) => from.shape[axis] ?? 0);
  return cellsOf(shape, (index) => {
    const source: number[] = [];
    axes.forEach((axis, place) => {
      source[axis] = index[place] ?? 0;
    });
    return cellAt(from, source);
  });
}

function joined(parts: readonly Cells[], at: number): Cells {
  const rank = parts[0]?.shape.length ?? 0;
  const axis = fromEnd(at, rank);
  const shape = [...(parts[0]?.shape ?? [])];
  shape[axis] = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0);
  return cellsOf(shape, (index) => {
    let place = index[axis] ?? 0;
    for (const part of parts) {
      const size = part.shape[axis] ?? 0;
      if (place < size)
        return cellAt(
          part,
          index.map((one, k) => (k === axis ? place : one)),
        );
      place -= size;
    }
    return undefined;
  });
}

function gathered(from: Cells, indices: Cells, at: number): Cells {
  const axis = fromEnd(at, from.shape.length);
  const places = numbersIn(indices).map((place) => fromEnd(place, from.shape[axis] ?? 0));
  const [before, after] = [from.shape.slice(0, axis), from.shape.slice(axis + 1)];
  const rank = indices.shape.length;
  return cellsOf([...before, ...indices.shape, ...after], (index) => {
    const place = cellAt({ shape: indices.shape, cells: places }, index.slice(axis, axis + rank));
    return cellAt(from, [...index.slice(0, axis), Number(place), ...index.slice(axis + rank)]);
  });
}

function gatheredByIndex(from: Cells, indices: Cells, batch: number): Cells {
  const deep = indices.shape.at(-1) ?? 0;
  const outer = indices.shape.slice(0, -1);
  const places = { shape: indices.shape, cells: numbersIn(indices) };
  return cellsOf([...outer, ...from.shape.slice(batch + deep)], (index) => {
    const own = index.slice(0, outer.length);
    const source = Array.from({ length: deep }, (_, k) =>
      fromEnd(Number(cellAt(places, [...own, k])), from.shape[batch + k] ?? 0),
    );
    return cellAt(from, [...own.slice(0, batch), ...source, ...index.slice(outer.length)]);
  });
}

function sliced(
  from: Cells,
  starts: readonly number[] = [],
  ends: readonly number[] = [],
  axes: readonly number[] = starts.map((_, axis) => axis),
  steps: readonly number[] = [],
): Cells {
  const shape = [...from.shape];
  const first = from.shape.map(() => 0);
  axes.forEach((at, place) => {
    const axis = fromEnd(at, from.shape.length);
    const size = from.shape[axis] ?? 0;
    if ((steps[place] ?? 1) !== 1) throw new NotFollowed("a slice in steps");
    const inside = (end: number): number => Math.min(size, Math.max(0, fromEnd(end, size)));
    first[axis] = inside(starts[place] ?? 0);
    shape[axis] = Math.max(0, inside(ends[place] ?? size) - (first[axis] ?? 0));
  });
  return cellsOf(shape, (index) =>
    cellAt(
      from,
      index.map((one, axis) => one + (first[axis] ?? 0)),
    ),
  );
}

/** Of indices, one of the two perhaps a single number. */
function elementwise(a: Cells, b: Cells, of: (a: number, b: number) => number): Cells {
  const [left, right] = [numbersIn(a), numbersIn(b)];
  const [larger, smaller] = left.length >= right.length ? [a, right] : [b, left];
  if (smaller.length !== 1 && smaller.length !== larger.cells.length) throw new NotFollowed("other shapes");
  const cells = larger.cells.map((_, at): Cell => of(left[at] ?? left[0] ?? 0, right[at] ?? right[0] ?? 0));
  return { shape: larger.shape, cells };
}
