const typed = [
  "Uint8Array",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

/** Bytes that were asked for since it was opened; and the end of counting. */
export interface Allocations {
  readonly bytes: number;
  close(): void;
}

/**
 * Counts what is allocated in buffers and typed arrays, and in arrays of a given length, until it is closed: exact and
 * the same in every run, as no figure of the garbage collector is. More than `most` is refused before it is made.
 */
export function countAllocations(most: number): Allocations {
  let bytes = 0;
  const add = (more: number): void => {
    bytes += more;
    if (bytes > most) throw new Error(`${bytes} bytes asked for, of at most ${most}`);
  };
  const restore = [
    replace("ArrayBuffer", ([length]) => add(Number(length))),
    ...typed.map((name) => {
      const { BYTES_PER_ELEMENT } = globalThis[name];
      return replace(name, ([from]) => {
        // Of a buffer it is a view.
        if (!(from instanceof ArrayBuffer) && !(from instanceof SharedArrayBuffer))
          add(lengthOf(from) * BYTES_PER_ELEMENT);
      });
    }),
  ];
  const { from } = Array;
  Array.from = ((items: unknown, ...rest: unknown[]): unknown => {
    add(8 * lengthOf(items));
    return Reflect.apply(from, Array, [items, ...rest]);
  }) as typeof Array.from;
  return {
    get bytes() {
      return bytes;
    },
    close() {
      Array.from = from;
      for (const undo of restore) undo();
    },
  };
}

function lengthOf(from: unknown): number {
  if (typeof from === "number") return from;
  return typeof from === "object" && from !== null && "length" in from ? Number(from.length) : 0;
}

/** Sees the arguments of each construction of a global class. */
function replace(name: "ArrayBuffer" | (typeof typed)[number], see: (args: unknown[]) => void): () => void {
  const original = globalThis[name];
  const watched: object = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      see(args);
      return Reflect.construct(target, args, newTarget === watched ? target : newTarget) as object;
    },
  });
  Object.defineProperty(globalThis, name, { value: watched, configurable: true, writable: true });
  return () => {
    Object.defineProperty(globalThis, name, { value: original, configurable: true, writable: true });
  };
}
