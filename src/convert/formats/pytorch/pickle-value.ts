/** What a pickle may hold here. Classes and functions stay names: nothing is imported, constructed or called. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Tuple
  | GlobalName
  | Storage
  | StoredTensor
  | Opaque;

export class Tuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** `module.name` of a class or function. */
export class GlobalName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A typed run of bytes in a file of its own. */
export class Storage {
  readonly dtype: string;
  readonly key: string;
  readonly elements: number;
  constructor(dtype: string, key: string, elements: number) {
    this.dtype = dtype;
    this.key = key;
    this.elements = elements;
  }
}

/** A view of a storage: torch._utils._rebuild_tensor_v2. */
export class StoredTensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** An object of a class that means nothing here; its state can still be looked through. */
export class Opaque {
  readonly of: string;
  state: PickleValue = null;
  constructor(of: string) {
    this.of = of;
  }
}
