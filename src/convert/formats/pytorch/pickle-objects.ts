import { GlobalName, Opaque, type PickleValue, Storage, StoredTensor, Tuple } from "./pickle-value.js";

/** Class -> element type. */
const storageTypes: ReadonlyMap<string, string> = new Map([
  ["torch.DoubleStorage", "float64"],
  ["torch.FloatStorage", "float32"],
  ["torch.HalfStorage", "float16"],
  ["torch.BFloat16Storage", "bfloat16"],
  ["torch.LongStorage", "int64"],
  ["torch.IntStorage", "int32"],
  ["torch.ShortStorage", "int16"],
  ["torch.CharStorage", "int8"],
  ["torch.ByteStorage", "uint8"],
  ["torch.BoolStorage", "bool"],
]);

/** Storages and tensors that PyTorch has and of which no weights are read here -> what to save in their place. */
const refusedStorages: readonly (readonly [RegExp, string, string])[] = [
  [/^torch\.Q\w+Storage$/, "quantised numbers", "tensor.dequantize()"],
  [/^torch\.Complex\w+Storage$/, "complex numbers", "torch.view_as_real(tensor)"],
  [/UntypedStorage$/, "numbers of a type that is newer, such as float8", "tensor.float()"],
];
const refusedTensors: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["torch._utils._rebuild_qtensor", ["a quantised tensor", "tensor.dequantize()"]],
  ["torch._utils._rebuild_sparse_tensor", ["a sparse tensor", "tensor.to_dense()"]],
  ["torch._utils._rebuild_nested_tensor", ["a nested tensor", "a tensor for each part"]],
]);

/** Where the pickle is at, for errors: of what is wrong, and of what is known and not read. */
export interface PicklePlace {
  bad(found: string): Error;
  refused(feature: string, instead: string): Error;
}

/** A persistent id of torch.save: ("storage", type, key, location, elements). */
export function loadStorage(id: PickleValue, { bad, refused }: PicklePlace): Storage {
  const [kind, type, key, , elements, view] = id instanceof Tuple ? id.items : [];
  const dtype = type instanceof GlobalName ? storageTypes.get(type.name) : undefined;
  const name = type instanceof GlobalName ? type.name : "";
  const [, what, instead] = refusedStorages.find(([pattern]) => pattern.test(name)) ?? [];
  if (what !== undefined && instead !== undefined) throw refused(`${what} (${name})`, instead);
  if (kind !== "storage" || dtype === undefined || typeof key !== "string" || typeof elements !== "number") {
    throw bad(name === "" ? "a persistent id" : `a storage of ${name}`);
  }
  if (view !== undefined && view !== null) throw bad("a storage that is a view of another");
  if (!Number.isSafeInteger(elements) || elements < 0) throw bad(`a storage of ${elements} elements`);
  return new Storage(dtype, key, elements);
}

/** callable(*args), for the names that tensors and ordered dictionaries are made of; all else stays closed. */
export function reduce(callable: PickleValue, args: PickleValue, place: PicklePlace): PickleValue {
  const name = callable instanceof GlobalName ? callable.name : "";
  const items = args instanceof Tuple ? args.items : [];
  const [what, instead] = refusedTensors.get(name) ?? [];
  if (what !== undefined && instead !== undefined) throw place.refused(what, instead);
  switch (name) {
    case "collections.OrderedDict":
    case "collections.defaultdict":
      return orderedDictionary(items);
    case "torch._utils._rebuild_tensor":
    case "torch._utils._rebuild_tensor_v2":
      return rebuildTensor(items, place.bad);
    case "torch._utils._rebuild_parameter":
    case "torch._utils._rebuild_parameter_with_state":
      return items[0] ?? null;
    case "torch.Size":
      return items[0] ?? new Tuple([]);
    default:
      return new Opaque(name === "" ? "an object" : name);
  }
}

/** An object's state, kept only for objects that stay closed; a dictionary's attributes are not its items. */
export function buildObject(object: PickleValue, state: PickleValue): void {
  if (object instanceof Opaque) object.state = state;
}

function orderedDictionary([pairs]: readonly PickleValue[]): Map<PickleValue, PickleValue> {
  const map = new Map<PickleValue, PickleValue>();
  if (!Array.isArray(pairs)) return map;
  for (const pair of pairs) {
    const items = pair instanceof Tuple ? pair.items : Array.isArray(pair) ? pair : [];
    map.set(items[0] ?? null, items[1] ?? null);
  }
  return map;
}

function rebuildTensor(
  [storage, offset, shape, strides]: readonly PickleValue[],
  bad: PicklePlace["bad"],
): StoredTensor {
  const sizes = naturals(shape);
  const steps = naturals(strides);
  const valid = storage instanceof Storage && Number.isSafeInteger(offset) && sizes?.length === steps?.length;
  if (!valid || sizes === undefined || steps === undefined || typeof offset !== "number" || offset < 0) {
    throw bad("a tensor without a storage, shape and strides");
  }
  return new StoredTensor(storage, offset, sizes, steps);
}

function naturals(value: PickleValue | undefined): number[] | undefined {
  if (!(value instanceof Tuple)) return undefined;
  const numbers = value.items.filter(
    (item): item is number => Number.isSafeInteger(item) && Number(item) >= 0,
  );
  return numbers.length === value.items.length ? numbers : undefined;
}
