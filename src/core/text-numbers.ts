import { TextList } from "./text-list.js";

/** Slots for a text: half of them stay free, so that a look-up ends after about one and a half. */
const SLOTS_PER_TEXT = 2;

/**
 * Texts and their numbers, in the order in which they were added: a hash table with open addressing over their bytes
 * (linear probing: Knuth, The Art of Computer Programming 3, 6.4, algorithm L). No string is made of them.
 */
export class TextNumbers {
  readonly texts: TextList = new TextList();
  /** 1 + the number of a text; 0 where there is none. */
  #slots = new Int32Array(32);

  /** The number of the UTF-8 bytes [start, end); -1 where they were never added. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return (this.#slots[this.#slotOf(bytes, start, end)] ?? 0) - 1;
  }

  /** The same, of texts that are added where they are new. Error: see TextList. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const slot = this.#slotOf(bytes, start, end);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const { texts } = this;
    texts.push(bytes, start, end);
    this.#slots[slot] = texts.length;
    if (texts.length * SLOTS_PER_TEXT > this.#slots.length) this.#grow();
    return texts.length - 1;
  }

  /** Where the text is, or would be. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashBytes(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0 || this.#isSame(known - 1, bytes, start, end)) return slot;
    }
  }

  #isSame(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { texts } = this;
    const own = texts.bytes;
    const from = texts.startOf(index);
    if (texts.endOf(index) - from !== end - start) return false;
    for (let at = start; at < end; at++) if (own[from + at - start] !== bytes[at]) return false;
    return true;
  }

  #grow(): void {
    const { texts } = this;
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let index = 0; index < texts.length; index++)
      this.#slots[this.#slotOf(texts.bytes, texts.startOf(index), texts.endOf(index))] = index + 1;
  }
}

/** FNV-1a, its bits mixed by the end of MurmurHash3 (Appleby): the low ones choose the slot. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
