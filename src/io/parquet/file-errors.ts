import { incomplete, UnbatchError } from "../../core/errors.js";

/** `head` are the first bytes of the file. */
export function notParquet(path: string, size: number, head: Uint8Array): UnbatchError {
  const begin = `${JSON.stringify(latin1(head))} (${Buffer.from(head).toString("hex")})`;
  return new UnbatchError({
    where: path,
    found: size === 0 ? "an empty file" : `${size} bytes that begin with ${begin}`,
    expected: 'a Parquet file, which begins and ends with "PAR1"',
    next: "check the path, or write the log as Parquet",
  });
}

export function truncated(path: string, found: string): UnbatchError {
  return incomplete({
    where: path,
    found,
    expected: "a whole Parquet file: this one was cut off while it was written or copied",
    next: "copy or write the file again, or leave it out",
  });
}

export function encrypted(where: string): UnbatchError {
  return new UnbatchError({
    where,
    found: "it is encrypted",
    expected: "plain Parquet",
    next: "write a decrypted copy of the log first",
  });
}

export function malformed(where: string, found: string): UnbatchError {
  return new UnbatchError({
    where,
    found: `malformed Parquet: ${found}`,
    expected: "footer and pages as the Parquet format has them",
    next: "write the file again, or leave it out",
  });
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
