import { UnbatchError } from "../core/errors.js";

/** An id, the row it is said to have, and where it stands. */
export interface IdEntry {
  id: string;
  row: unknown;
  at: number;
}

/** Lines without their ends, `\n` or `\r\n`; the end of the last one begins no new line. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

/** Of an object id -> row or an array of ids: the document itself, or what it has under `key`. */
export function entriesOfJson(path: string, text: string, key: string | undefined): IdEntry[] {
  const document = parse(path, text);
  const [twice, ...more] = repeatedKeys(text);
  if (twice !== undefined) {
    const found = `${JSON.stringify(twice)} twice in one object${more.length === 0 ? "" : `, and ${more.length} more repeated keys`}`;
    throw bad(path, found, "each id once");
  }
  const value = key === undefined ? document : under(path, document, key);
  if (Array.isArray(value))
    return value.map((id: unknown, row) => ({ id: idOf(path, id, row), row, at: row }));
  if (!isObject(value)) {
    throw bad(
      path,
      `${value === null ? "null" : typeof value}`,
      "an object of ids and rows, or an array of ids",
    );
  }
  const inner = Object.entries(value).filter(([, row]) => typeof row === "object" && row !== null);
  if (inner.length > 0) {
    const names = inner.slice(0, 20).map(([name]) => name);
    throw bad(path, `objects under ${names.join(", ")}`, "the encoder's `key` to name one of them");
  }
  return Object.entries(value).map(([id, row], at) => ({ id, row, at }));
}

/** `id,row` in every line, after a header or not, or one id in every line. Quotes as in RFC 4180, within a line. */
export function entriesOfCsv(path: string, lines: readonly string[]): IdEntry[] {
  const cells = lines.map((line, index) => cellsOf(path, line, index + 1));
  const width = cells[0]?.length ?? 1;
  const other = cells.findIndex((row) => row.length !== width || row.length > 2);
  if (other >= 0) {
    const found = `line ${other + 1} has ${cells[other]?.length} cells${width > 2 ? "" : `, line 1 has ${width}`}`;
    throw bad(path, found, "lines of id,row or of an id alone");
  }
  const entries = cells.map(([id = "", row], index) => ({ id, row: rowOf(row) ?? index, at: index + 1 }));
  if (width === 1) return entries;
  return typeof entries[0]?.row === "number" ? entries : entries.slice(1);
}

function rowOf(cell: string | undefined): number | string | undefined {
  return cell !== undefined && /^\d+$/.test(cell.trim()) ? Number(cell) : cell;
}

/** The cells of one line; quotes as in RFC 4180. */
export function cellsOf(path: string, line: string, lineNumber: number): string[] {
  const cells: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",]*)(,|$)/y;
  for (let more = true; more; ) {
    const match = cell.exec(line);
    if (match === null) throw bad(path, `line ${lineNumber}: a quote out of place`, '"a ""quoted"" cell",0');
    const [, value = "", end] = match;
    cells.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    more = end === ",";
  }
  return cells;
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad(path, error instanceof Error ? error.message : String(error), "JSON");
  }
}

/** Of JSON text that parses: keys that an object has more than once, of which JSON.parse keeps the last. O(length). */
function repeatedKeys(text: string): string[] {
  const open: Set<string>[] = [];
  const repeated: string[] = [];
  for (const [token, raw, colon] of text.matchAll(/"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (raw !== undefined && colon !== undefined) {
      const key = raw.includes("\\") ? String(JSON.parse(`"${raw}"`)) : raw;
      const keys = open.at(-1);
      if (keys?.has(key) === true) repeated.push(key);
      keys?.add(key);
    }
  }
  return repeated;
}

function under(path: string, document: unknown, key: string): unknown {
  if (isObject(document) && Object.hasOwn(document, key)) return document[key];
  const keys = isObject(document) ? Object.keys(document).slice(0, 20).join(", ") : "no keys";
  throw bad(path, `no key ${JSON.stringify(key)}`, `one of ${keys}`);
}

/** Numbers as ids must be exact: beyond 2^53 JSON.parse has rounded them already. */
function idOf(path: string, id: unknown, at: number): string {
  if (typeof id === "string") return id;
  if (typeof id === "number" && (Number.isSafeInteger(id) || !Number.isInteger(id))) return String(id);
  throw bad(path, `${JSON.stringify(id)} at ${at}`, "ids that are texts, or whole numbers below 2^53");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(path: string, found: string, expected: string): UnbatchError {
  return new UnbatchError({
    where: path,
    found,
    expected,
    next: "correct the file, or the encoder's file and key",
  });
}
