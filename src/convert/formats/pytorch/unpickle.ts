import { hostile, isHostile, opcodeWords } from "./hostile-names.js";
import { PickleBytes } from "./pickle-bytes.js";
import { buildObject, loadStorage, type PicklePlace, reduce } from "./pickle-objects.js";
import { readScalar } from "./pickle-scalars.js";
import { PickleStack } from "./pickle-stack.js";
import { GlobalName, Opaque, type PickleValue, type Storage, Tuple } from "./pickle-value.js";

const MAX_OPCODES = 20_000_000;
/** Each is one byte to write and hundreds to hold. */
const MAX_CONTAINERS = 2_000_000;
const MAX_MEMO = 10_000_000;
const PROTO = 0x80;
const FRAME = 0x95;
const INST = 0x69;

export interface Unpickled {
  value: PickleValue;
  /** Names that would have been called, had this been Python, and the byte at which each first was, in that order. */
  closed: ReadonlyMap<string, number>;
  /** Those that tensors are views of, by key. */
  storages: ReadonlyMap<string, Storage>;
  /** Bytes read: the next object of a stream of pickles begins here. */
  length: number;
}

/**
 * A restricted pickle machine (protocols 2 to 5; opcodes as in CPython's pickletools): values, containers and the few
 * names that PyTorch's tensors are made of. A name outside of these becomes an opaque value. Nothing is ever imported
 * or called. Errors: an opcode outside the list, a name that only an attack has, a stream that ends early or leaves its
 * bounds, more than any checkpoint holds.
 */
export function unpickle(bytes: Uint8Array, file: string, from = 0): Unpickled {
  return new Machine(new PickleBytes(bytes, file, from)).run(from);
}

class Machine {
  readonly #bytes: PickleBytes;
  readonly #stack: PickleStack;
  /** Picklers number what they store from 0, without gaps. */
  readonly #memo: PickleValue[] = [];
  readonly #closed = new Map<string, number>();
  readonly #storages = new Map<string, Storage>();
  #containers = 0;
  /** Of the opcode that is being done. */
  #at = 0;

  constructor(bytes: PickleBytes) {
    this.#bytes = bytes;
    this.#stack = new PickleStack((found, expected) => bytes.bad(found, expected));
  }

  run(from: number): Unpickled {
    for (let count = 0; count < MAX_OPCODES; count++) {
      this.#at = this.#bytes.at;
      const opcode = this.#bytes.byte();
      if (opcode === 0x2e) return this.#result(from);
      if (!this.#scalar(opcode) && !this.#container(opcode) && !this.#object(opcode)) {
        // INST is followed by the name of what it calls.
        if (opcode === INST) this.#name(this.#bytes.line(), this.#bytes.line());
        throw this.#bytes.bad(opcodeWords(opcode), "one that a state_dict needs", this.#at);
      }
    }
    throw this.#tooMany(MAX_OPCODES, "opcodes");
  }

  #result(from: number): Unpickled {
    const value = this.#stack.pop();
    return { value, closed: this.#closed, storages: this.#storages, length: this.#bytes.at - from };
  }

  #scalar(opcode: number): boolean {
    if (opcode === PROTO) return this.#bytes.take(1).length > 0;
    if (opcode === FRAME) return this.#bytes.take(8).length > 0;
    const value = readScalar(opcode, this.#bytes);
    return value !== undefined && this.#stack.push(value);
  }

  #container(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        return this.#stack.mark();
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
        return this.#contain(new Tuple(this.#stack.popMany(opcode - 0x84)));
      case 0x74: // TUPLE
      case 0x91: // FROZENSET
        return this.#contain(new Tuple(this.#stack.popMark()));
      case 0x6c: // LIST
        return this.#contain(this.#stack.popMark());
      case 0x61: // APPEND
        return this.#append(this.#stack.popMany(1));
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.#append(this.#stack.popMark());
      case 0x73: // SETITEM
        return this.#setItems(this.#stack.popMany(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#stack.popMark());
      case 0x64: // DICT
        return this.#contain(new Map()) && this.#setItems(this.#stack.popMarkBelowTop());
      case 0x30: // POP
        this.#stack.pop();
        return true;
      case 0x31: // POP_MARK
        this.#stack.popMark();
        return true;
      case 0x32: // DUP
        return this.#stack.push(this.#stack.peek());
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
        return this.#stack.push(this.#name(this.#bytes.line(), this.#bytes.line()));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#stack.popMany(2);
        if (typeof module !== "string" || typeof name !== "string")
          throw this.#bytes.bad("a name that is no text", "a class or function");
        return this.#stack.push(this.#name(module, name));
      }
      case 0x51: // BINPERSID
        return this.#stack.push(this.#storage(this.#stack.pop()));
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callable, args] = this.#stack.popMany(2);
        return this.#reduce(callable, args);
      }
      case 0x92: {
        // NEWOBJ_EX
        const [callable, args] = this.#stack.popMany(3);
        return this.#reduce(callable, args);
      }
      case 0x62: {
        // BUILD
        const state = this.#stack.pop();
        buildObject(this.#stack.peek(), state);
        return true;
      }
      default:
        return false;
    }
  }

  /** A name stays a name. */
  #name(module: string, name: string): GlobalName {
    const full = `${module}.${name}`;
    if (isHostile(full)) throw hostile(this.#bytes.file, this.#at, full);
    return new GlobalName(full);
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

  #contain(container: PickleValue): true {
    this.#containers += 1;
    if (this.#containers > MAX_CONTAINERS)
      throw this.#tooMany(MAX_CONTAINERS, "lists, tuples and dictionaries");
    return this.#stack.push(container);
  }

  #reduce(callable: PickleValue = null, args: PickleValue = null): true {
    const value = reduce(callable, args, this.#place("a tensor"));
    if (value instanceof Opaque && !this.#closed.has(value.of)) this.#closed.set(value.of, this.#at);
    return this.#contain(value);
  }

  #append(items: PickleValue[]): true {
    const list = this.#stack.peek();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: PickleValue[]): true {
    const map = this.#stack.peek();
    if (map instanceof Map) {
      for (let at = 0; at + 1 < items.length; at += 2) map.set(items[at] ?? null, items[at + 1] ?? null);
    }
    return true;
  }

  #remember(index: number): true {
    if (index >= MAX_MEMO) throw this.#tooMany(MAX_MEMO, "remembered values");
    this.#memo[index] = this.#stack.peek();
    return true;
  }

  #recall(index: number): true {
    const value = this.#memo[index];
    if (value === undefined) throw this.#bytes.bad(`memo ${index}`, "one that was stored");
    return this.#stack.push(value);
  }

  #tooMany(limit: number, what: string): Error {
    return this.#bytes.bad(`more than ${limit.toLocaleString("en-US")} ${what}`, "a smaller pickle");
  }
}
