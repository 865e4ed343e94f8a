/**
 * Text out of a file as a line may show it: control characters, which a terminal would obey, are written as `\x1b`, and
 * what is longer than `most` characters is cut.
 */
export function printable(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}... (${text.length} characters)` : text;
  return escaped(cut, /\p{Cc}/gu);
}

/** Several lines: without the control characters, save for their ends. */
export function printableLines(text: string): string {
  return escaped(text, /[^\P{Cc}\n]/gu);
}

function escaped(text: string, characters: RegExp): string {
  return text.replace(
    characters,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
