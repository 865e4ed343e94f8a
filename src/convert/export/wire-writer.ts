/** Protocol buffers, written (encoding specification, "Message Structure"): fields are parts of a message, joined once. */
export type Message = Uint8Array[];

const TEXT = new TextEncoder();

/** A whole number from 0 to 2^53. */
export function varint(field: number, value: number): Message {
  return [Uint8Array.from([...base128(field * 8), ...base128(value)])];
}

export function text(field: number, value: string): Message {
  return message(field, [TEXT.encode(value)]);
}

/** A message in a message, or bytes. */
export function message(field: number, parts: Message): Message {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.from([...base128(field * 8 + 2), ...base128(length)]), ...parts];
}

export function joined(parts: Message): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function base128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
