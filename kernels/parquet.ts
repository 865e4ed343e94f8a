/** Parquet's RLE / bit-packed hybrid, as src/io/parquet/hybrid.ts decodes it, which calls it. */

/**
 * The first `count` values, of `bitWidth` bits (1 to 32), of bytes [at, to) into words at `out`. 0 where anything is not
 * as it must be (the bytes end early, a value is above `most`), which the plain code then says. Reads up to 8 bytes past
 * `to`.
 */
export function decode(at: usize, to: usize, bitWidth: i32, count: i32, most: u32, out: usize): i32 {
  const widthBytes = (bitWidth + 7) >> 3;
  const width = <u64>bitWidth;
  const mask = ((<u64>1) << width) - 1;
  let left = count;
  while (left > 0) {
    let header: u32 = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= to || shift > 28) return 0;
      const byte = <u32>load<u8>(at++);
      header |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const run = <u64>(header >> 1);
    if ((header & 1) !== 0) {
      const values = <i32>min<u64>(run * 8, <u64>left);
      if (<u64>(to - at) < (<u64>values * width + 7) >> 3) return 0;
      let largest: u32 = 0;
      let bit: u64 = 0;
      const end = out + (<usize>values << 2);
      for (; out < end; out += 4) {
        const value = <u32>((load<u64>(at + <usize>(bit >> 3)) >> (bit & 7)) & mask);
        store<u32>(out, value);
        largest = max<u32>(largest, value);
        bit += width;
      }
      if (largest > most) return 0;
      // A last run may be cut short: then nothing is read behind it.
      at = <usize>min<u64>(<u64>to, <u64>at + run * width);
      left -= values;
    } else {
      if (<i64>(to - at) < <i64>widthBytes) return 0;
      const value = <u32>(load<u64>(at) & (<u64>0xffffffff >> (32 - (<u64>widthBytes << 3))));
      at += widthBytes;
      if (value > most) return 0;
      const values = <i32>min<u64>(run, <u64>left);
      const end = out + (<usize>values << 2);
      for (; out < end; out += 4) store<u32>(out, value);
      left -= values;
    }
  }
  return 1;
}
