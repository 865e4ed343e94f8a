/** A memory, as far as its size goes; the language's own library does not describe it. */
interface GrowingMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

declare const WebAssembly: { Memory: { prototype: GrowingMemory } };

const PAGE_BYTES = 65_536;

/**
 * Holds the WebAssembly memories of this thread to a number of bytes, which the function returned sets: growing further
 * fails as it does where a machine has no more, and a library's malloc gives nothing.
 */
export function limitMemory(): (bytes: number) => void {
  let most = 2 ** 32;
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function growWithin(this: GrowingMemory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE_BYTES > most) throw new RangeError(`more than ${most} bytes`);
    return grow.call(this, pages);
  };
  return (bytes) => {
    most = bytes;
  };
}
