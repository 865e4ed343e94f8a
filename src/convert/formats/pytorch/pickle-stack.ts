import type { PickleValue } from "./pickle-value.js";

const MARK = Symbol("mark");

/** The stack of a pickle machine: values, and marks from which opcodes take what lies above. */
export class PickleStack {
  readonly #items: (PickleValue | typeof MARK)[] = [];
  readonly #bad: (found: string, expected: string) => Error;

  /** @param bad what is thrown where the pickle takes what is not there. */
  constructor(bad: (found: string, expected: string) => Error) {
    this.#bad = bad;
  }

  push(value: PickleValue): true {
    this.#items.push(value);
    return true;
  }

  mark(): true {
    this.#items.push(MARK);
    return true;
  }

  pop(): PickleValue {
    const value = this.#items.pop();
    if (value === undefined || value === MARK) throw this.#bad("an empty stack", "a value");
    return value;
  }

  peek(): PickleValue {
    const value = this.#items[this.#items.length - 1];
    if (value === undefined || value === MARK) throw this.#bad("an empty stack", "a value");
    return value;
  }

  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** All above the last mark, and the mark. */
  popMark(): PickleValue[] {
    const at = this.#items.lastIndexOf(MARK);
    if (at < 0) throw this.#bad("no mark", "a mark on the stack");
    const items = this.#items.splice(at).slice(1);
    return items.filter((item): item is PickleValue => item !== MARK);
  }

  /** The items between the mark and the value just pushed, which stays. */
  popMarkBelowTop(): PickleValue[] {
    const top = this.pop();
    const items = this.popMark();
    this.push(top);
    return items;
  }
}
