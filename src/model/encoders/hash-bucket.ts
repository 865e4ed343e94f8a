import type { HashSpec } from "../../core/model-spec.js";
import { farmhashBucket } from "./farmhash.js";
import { signedBucket } from "./murmur3.js";
import { siphashBucket } from "./siphash.js";
import { namespaceHash, vowpalWabbitHash } from "./vowpal-wabbit-hash.js";

type Hashing = Omit<HashSpec, "kind" | "missing">;

/** The row of the UTF-8 bytes [start, end) of a value. */
export type BytesToRow = (bytes: Uint8Array, start: number, end: number) => number;

/** How a `hash` encoder turns bytes into a row: its function, with prefix and masked value. Allocates nothing a call. */
export function hashRow(spec: Hashing): BytesToRow {
  const { maskValue, prefix } = spec;
  const hash = plainHash(spec, maskValue === undefined ? spec.buckets : spec.buckets - 1);
  const prefixed = prefix === undefined ? hash : withPrefix(prefix, hash);
  if (maskValue === undefined) return prefixed;
  const mask = utf8.encode(maskValue);
  return (bytes, start, end) => (isSame(mask, bytes, start, end) ? 0 : 1 + prefixed(bytes, start, end));
}

function plainHash(spec: Hashing, buckets: number): BytesToRow {
  switch (spec.function) {
    case "farmhash64":
      return (bytes, start, end) => farmhashBucket(bytes, start, end, buckets);
    case "siphash64": {
      const key = spec.key ?? [0, 0];
      return (bytes, start, end) => siphashBucket(bytes, start, end, key, buckets);
    }
    case "murmur3-signed":
      return (bytes, start, end) => signedBucket(bytes, start, end, buckets);
    case "vowpal-wabbit": {
      const seed = namespaceHash(spec.namespace ?? "");
      return (bytes, start, end) => vowpalWabbitHash(bytes, start, end, seed) % buckets;
    }
  }
}

const utf8 = new TextEncoder();

function withPrefix(prefix: string, hash: BytesToRow): BytesToRow {
  const head = utf8.encode(prefix);
  let joined = new Uint8Array(head.length + 256);
  joined.set(head);
  return (bytes, start, end) => {
    const length = head.length + end - start;
    if (length > joined.length) {
      joined = new Uint8Array(2 * length);
      joined.set(head);
    }
    for (let at = start; at < end; at++) joined[head.length + at - start] = bytes[at] ?? 0;
    return hash(joined, 0, length);
  };
}

function isSame(expected: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== expected.length) return false;
  for (let at = 0; at < expected.length; at++) if (expected[at] !== bytes[start + at]) return false;
  return true;
}

/** The same for texts: encoded into one buffer, which only grows. */
export function textRow<Row>(
  row: (bytes: Uint8Array, start: number, end: number) => Row,
): (text: string) => Row {
  let buffer = new Uint8Array(256);
  return (text) => {
    if (3 * text.length > buffer.length) buffer = new Uint8Array(6 * text.length);
    return row(buffer, 0, utf8.encodeInto(text, buffer).written);
  };
}
