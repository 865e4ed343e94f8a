/**
 * Python's pickle, protocol 2, for what a PyTorch checkpoint is made of (opcodes: Lib/pickletools.py of CPython).
 * A reader needs no memo, so none is written.
 */
export type PickleValue =
  | string
  | number
  | PythonFloat
  | TensorReference
  | OrderedDict
  | readonly PickleValue[]
  | ReadonlyMap<string | number, PickleValue>;

/** A float where a whole number would be written as an int: `new PythonFloat(1)` is 1.0. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** collections.OrderedDict, which a state_dict is. */
export class OrderedDict {
  readonly entries: readonly (readonly [string | number, PickleValue])[];

  constructor(entries: Iterable<readonly [string | number, PickleValue]>) {
    this.entries = [...entries];
  }
}

/** A tensor over the whole of its storage, row by row. */
export class TensorReference {
  /** Name of the storage's entry in the ZIP file. */
  readonly key: string;
  readonly storage: "FloatStorage" | "DoubleStorage";
  readonly shape: readonly number[];

  constructor(key: string, storage: TensorReference["storage"], shape: readonly number[]) {
    this.key = key;
    this.storage = storage;
    this.shape = shape;
  }
}

export function pickle(value: PickleValue): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x80, 2), ...encode(value), op(".")]);
}

function encode(value: PickleValue): Uint8Array[] {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return integer(value);
  if (value instanceof PythonFloat) return float(value.value);
  if (value instanceof Map) return [op("}"), ...items(value)];
  if (value instanceof OrderedDict)
    return [global("collections", "OrderedDict"), op(")R"), ...items(value.entries)];
  if (value instanceof TensorReference) return tensor(value);
  return [op("]("), ...(value as readonly PickleValue[]).flatMap(encode), op("e")];
}

/** torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks) */
function tensor({ key, storage, shape }: TensorReference): Uint8Array[] {
  const size = (from: number): number => shape.slice(from).reduce((product, length) => product * length, 1);
  const strides = shape.map((_, axis) => size(axis + 1));
  const place = tuple([
    ...text("storage"),
    global("torch", storage),
    ...text(key),
    ...text("cpu"),
    ...integer(size(0)),
  ]);
  const hooks = [global("collections", "OrderedDict"), op(")R")];
  const integers = (list: readonly number[]): Uint8Array[] => tuple(list.flatMap(integer));
  return [
    global("torch._utils", "_rebuild_tensor_v2"),
    ...tuple([
      ...place,
      op("Q"),
      ...integer(0),
      ...integers(shape),
      ...integers(strides),
      op("\x89"),
      ...hooks,
    ]),
    op("R"),
  ];
}

function tuple(parts: readonly Uint8Array[]): Uint8Array[] {
  return [op("("), ...parts, op("t")];
}

function items(entries: Iterable<readonly [string | number, PickleValue]>): Uint8Array[] {
  return [op("("), ...[...entries].flatMap(([key, value]) => [...encode(key), ...encode(value)]), op("u")];
}

function text(value: string): Uint8Array[] {
  const bytes = Buffer.from(value, "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [op("X"), length, bytes];
}

/** From -2^31 to 2^31 - 1. */
function integer(value: number): Uint8Array[] {
  if (value >= 0 && value < 256) return [op("K"), Uint8Array.of(value)];
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return [op("J"), bytes];
}

function float(value: number): Uint8Array[] {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return [op("G"), bytes];
}

function global(module: string, name: string): Uint8Array {
  return Buffer.from(`c${module}\n${name}\n`, "latin1");
}

/** Opcodes, one character each. */
function op(codes: string): Uint8Array {
  return Buffer.from(codes, "latin1");
}
