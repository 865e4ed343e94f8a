/**
 * Rows of the `hash` encoder for all texts of a list: FarmHash Fingerprint64 modulo a number of buckets. The same numbers
 * as src/model/encoders/farmhash.ts, which has no integers of 64 bits. Called by src/model/encoders/hash-kernel.ts.
 */
import { fingerprint64 } from "./hash/farmhash";

/** Text i of `count`: bytes [starts[i], ends[i]) of what is staged at `bytes`, counted from `first`. */
export function farmhashRows(
  bytes: usize,
  first: i32,
  starts: usize,
  ends: usize,
  count: i32,
  buckets: i32,
  out: usize,
): void {
  for (let index: usize = 0; index < <usize>count; index++) {
    const start = load<i32>(starts + (index << 2));
    const length = load<i32>(ends + (index << 2)) - start;
    const hash = fingerprint64(bytes + <usize>(start - first), <usize>length);
    store<i32>(out + (index << 2), <i32>(hash % <u64>buckets));
  }
}
