import { PickleBytes } from "./pickle-bytes.js";
import { buildObject, loadStorage, type PicklePlace, reduce } from "./pickle-objects.js";
import { GlobalName, Opaque, type PickleValue, type Storage, Tuple } from "./pickle-value.js";

const MAX_OPCODES = 20_000_000;
/** Each is one byte to write and hundreds to hold. */
const MAX_CONTAINERS = 2_000_000;
const MAX_MEMO = 10_000_000;
const MARK = Symbol("mark");
type StackItem = PickleValue | typeof MARK;

export interface Unpickled {
  value: PickleValue;
  /** Names that would have been called, had this been Python: thrown away or kept, in order of appearance. */
  closed: ReadonlySet<string>;
  /** Those that tensors are views of, by key. */
  storages: ReadonlyMap<string, Storage>;
  /** Bytes read: the next object of a stream of pickles begins here. */
  length: number;
}

/**
 * A restricted pickle machine (protocols 2 to 5; opcodes as in CPython's pickletools): values, containers and the few
 * names that PyTorch's tensors are made of. A name outside of these becomes an opaque value. Nothing is ever imported
 * or called. Errors: an opcode outside the list, a stream that ends early or leaves its bounds, more than any
 * checkpoint holds.
 */
export function unpickle(bytes: Uint8Array, file: string, from = 0): Unpickled {
  return new Machine(new PickleBytes(bytes, file, from)).run(from);
}

class Machine {
  readonly #bytes: PickleBytes;
  readonly #stack: StackItem[] = [];
  /** Picklers number what they store from 0, without gaps. */
  readonly #memo: PickleValue[] = [];
  readonly #closed = new Set<string>();
  readonly #storages = new Map<string, Storage>();
  #containers = 0;

  constructor(bytes: PickleBytes) {
    this.#bytes = bytes;
  }

  run(from: number): Unpickled {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const { at } = this.#bytes;
      const opcode = this.#bytes.byte();
      if (opcode === 0x2e) return this.#result(from);
      if (!this.#scalar(opcode) && !this.#container(opcode) && !this.#object(opcode)) {
        throw this.#bytes.bad(`opcode 0x${opcode.toString(16)}`, "one that a state_dict needs", at);
      }
    }
    throw this.#tooMany(MAX_OPCODES, "opcodes");
  }

  #result(from: number): Unpickled {
    const value = this.#pop();
    return { value, closed: this.#closed, storages: this.#storages, length: this.#bytes.at - from };
  }

  #scalar(opcode: number): boolean {
    switch (opcode) {
      case 0x80: // PROTO
        this.#bytes.byte();
        return true;
      case 0x95: // FRAME
        this.#bytes.take(8);
        return true;
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4b: // BININT1
        return this.#push(this.#bytes.byte());
      case 0x4d: // BININT2
        return this.#push(this.#bytes.uint(2));
      case 0x4a: // BININT
        return this.#push(this.#bytes.int32());
      case 0x8a: // LONG1
        return this.#push(this.#bytes.long(this.#bytes.byte()));
      case 0x8b: // LONG4
        return this.#push(this.#bytes.long(this.#bytes.uint(4)));
      case 0x47: // BINFLOAT
        return this.#push(this.#bytes.float64());
      case 0x58: // BINUNICODE
        return this.#push(this.#bytes.text(this.#bytes.uint(4)));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#bytes.text(this.#bytes.byte()));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#bytes.text(this.#bytes.uint(8)));
      case 0x55: // SHORT_BINSTRING
        return this.#push(this.#bytes.text(this.#bytes.byte()));
      case 0x54: // BINSTRING
        return this.#push(this.#bytes.text(this.#bytes.uint(4)));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#bytes.take(this.#bytes.byte()));
      case 0x42: // BINBYTES
        return this.#push(this.#bytes.take(this.#bytes.uint(4)));
      case 0x8e: // BINBYTES8
        return this.#push(this.#bytes.take(this.#bytes.uint(8)));
      default:
        return false;
    }
  }

  #container(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        this.#stack.push(MARK);
        return true;
      case 0x5d: // EMPTY_LIST
        return this.#contain([]);
      case 0x7d: // EMPTY_DICT
        return this.#contain(new Map());
      case 0x8f: // EMPTY_SET
        return this.#contain([]);
      case 0x29: // EMPTY_TUPLE
        return this.#contain(new Tuple([]));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#contain(new Tuple(this.#popMany(opcode - 0x84)));
      case 0x74: // TUPLE
      case 0x91: // FROZENSET
        return this.#contain(new Tuple(this.#popMark()));
      case 0x6c: // LIST
        return this.#contain(this.#popMark());
      case 0x61: // APPEND
        return this.#append(this.#popMany(1));
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.#append(this.#popMark());
      case 0x73: // SETITEM
        return this.#setItems(this.#popMany(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#popMark());
      case 0x64: // DICT
        return this.#contain(new Map()) && this.#setItems(this.#popMarkBelowTop());
      case 0x30: // POP
        this.#stack.pop();
        return true;
      case 0x31: // POP_MARK
        this.#popMark();
        return true;
      case 0x32: // DUP
        return this.#push(this.#peek());
      default:
        return false;
    }
  }

  #object(opcode: number): boolean {
    switch (opcode) {
      case 0x71: // BINPUT
        return this.#remember(this.#bytes.byte());
      case 0x72: // LONG_BINPUT
        return this.#remember(this.#bytes.uint(4));
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.length);
      case 0x68: // BINGET
        return this.#recall(this.#bytes.byte());
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#bytes.uint(4));
      case 0x63: // GLOBAL
        return this.#push(new GlobalName(`${this.#bytes.line()}.${this.#bytes.line()}`));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string")
          throw this.#bytes.bad("a name that is no text", "a class or function");
        return this.#push(new GlobalName(`${module}.${name}`));
      }
      case 0x51: // BINPERSID
        return this.#push(this.#storage(this.#pop()));
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callable, args] = this.#popMany(2);
        return this.#reduce(callable, args);
      }
      case 0x92: {
        // NEWOBJ_EX
        const [callable, args] = this.#popMany(3);
        return this.#reduce(callable, args);
      }
      case 0x62: {
        // BUILD
        const state = this.#pop();
        buildObject(this.#peek(), state);
        return true;
      }
      default:
        return false;
    }
  }

  #storage(id: PickleValue): Storage {
    const storage = loadStorage(id, this.#place("a storage"));
    const known = this.#storages.get(storage.key) ?? storage;
    if (known.dtype !== storage.dtype || known.elements !== storage.elements) {
      throw this.#bytes.bad(
        `storage ${storage.key} as ${storage.elements} ${storage.dtype}`,
        `${known.elements} ${known.dtype}, as before`,
      );
    }
    this.#storages.set(storage.key, storage);
    return storage;
  }

  #place(expected: string): PicklePlace {
    return {
      bad: (found) => this.#bytes.bad(found, expected),
      refused: (feature, instead) => this.#bytes.refused(feature, instead),
    };
  }

  #push(value: PickleValue): true {
    this.#stack.push(value);
    return true;
  }

  #contain(container: PickleValue): true {
    this.#containers += 1;
    if (this.#containers > MAX_CONTAINERS)
      throw this.#tooMany(MAX_CONTAINERS, "lists, tuples and dictionaries");
    return this.#push(container);
  }

  #reduce(callable: PickleValue = null, args: PickleValue = null): true {
    const value = reduce(callable, args, this.#place("a tensor"));
    if (value instanceof Opaque) this.#closed.add(value.of);
    return this.#contain(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#bytes.bad("an empty stack", "a value");
    return value;
  }

  #peek(): PickleValue {
    const value = this.#stack[this.#stack.length - 1];
    if (value === undefined || value === MARK) throw this.#bytes.bad("an empty stack", "a value");
    return value;
  }

  #popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  #popMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#bytes.bad("no mark", "a mark on the stack");
    const items = this.#stack.splice(at).slice(1);
    return items.filter((item): item is PickleValue => item !== MARK);
  }

  /** The items between the mark and the value just pushed, which stays. */
  #popMarkBelowTop(): PickleValue[] {
    const top = this.#pop();
    const items = this.#popMark();
    this.#push(top);
    return items;
  }

  #append(items: PickleValue[]): true {
    const list = this.#peek();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: PickleValue[]): true {
    const map = this.#peek();
    if (map instanceof Map) {
      for (let at = 0; at + 1 < items.length; at += 2) map.set(items[at] ?? null, items[at + 1] ?? null);
    }
    return true;
  }

  #remember(index: number): true {
    if (index >= MAX_MEMO) throw this.#tooMany(MAX_MEMO, "remembered values");
    this.#memo[index] = this.#peek();
    return true;
  }

  #recall(index: number): true {
    const value = this.#memo[index];
    if (value === undefined) throw this.#bytes.bad(`memo ${index}`, "one that was stored");
    return this.#push(value);
  }

  #tooMany(limit: number, what: string): Error {
    return this.#bytes.bad(`more than ${limit.toLocaleString("en-US")} ${what}`, "a smaller pickle");
  }
}
