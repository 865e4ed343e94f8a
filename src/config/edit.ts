import {
  Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";

/** Replaces text[from, to). */
interface Splice {
  from: number;
  to: number;
  text: string;
}

/**
 * The text of a YAML file with what differs between `before` and `after` changed in it, and every other byte as it was:
 * comments, order, spaces and styles. Values that differ are replaced where they stand; keys that are new are added to
 * the end of their map. A map that loses a key is written anew.
 * @param before what the text says, as plain data.
 * @param comments of keys that are new, where they come to stand on a line of their own.
 */
export function editYaml(
  text: string,
  before: unknown,
  after: unknown,
  comments: Readonly<Record<string, string>> = {},
): string {
  const splices: Splice[] = [];
  edit(parseDocument(text).contents, before, after, { text, comments, splices });
  let edited = text;
  // From the end on, so that places before stay where they are; of two at one place, the outer map's comes last.
  for (const { from, to, text } of splices.reverse().sort((a, b) => b.from - a.from))
    edited = `${edited.slice(0, from)}${text}${edited.slice(to)}`;
  return edited;
}

interface Editing {
  text: string;
  comments: Readonly<Record<string, string>>;
  splices: Splice[];
}

function edit(node: unknown, before: unknown, after: unknown, editing: Editing): void {
  if (same(before, after)) return;
  if (isMap<unknown, unknown>(node) && isObject(before) && isObject(after)) {
    if (Object.keys(before).every((key) => key in after)) {
      editMap(node, before, after, editing);
      return;
    }
  }
  if (isSeq(node) && Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    node.items.forEach((item, index) => {
      edit(item, before[index], after[index], editing);
    });
    return;
  }
  const range = rangeOf(node);
  const indent = columnOf(editing.text, range.from);
  const isBlock = isCollection(node) && node.flow !== true;
  editing.splices.push({ ...range, text: isBlock ? block(after, indent) : flow(after) });
}

function editMap(
  node: YAMLMap<unknown, unknown>,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  editing: Editing,
): void {
  const added: [string, unknown][] = [];
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined || same(before[key], value)) continue;
    const pair = node.items.find(({ key: own }) => isScalar(own) && String(own.value) === key);
    if (pair === undefined) added.push([key, value]);
    else edit(pair.value, before[key], value, editing);
  }
  if (added.length > 0) editing.splices.push(addition(node, added, editing));
}

function addition(
  node: YAMLMap<unknown, unknown>,
  added: readonly [string, unknown][],
  { text, comments }: Editing,
): Splice {
  const last = node.items[node.items.length - 1];
  if (node.flow === true || last === undefined) {
    const inside = flow(Object.fromEntries(added)).slice(1, -1).trim();
    const at = last === undefined ? rangeOf(node).from + 1 : endOf(last.value ?? last.key);
    return { from: at, to: at, text: last === undefined ? ` ${inside} ` : `, ${inside}` };
  }
  const indent = columnOf(text, rangeOf(node).from);
  const lineEnd = text.indexOf("\n", endOf(last.value ?? last.key));
  const at = lineEnd === -1 ? text.length : lineEnd;
  const lines = added.map(([key, value]) => {
    const comment = comments[key] === undefined ? "" : `# ${comments[key]}\n${" ".repeat(indent)}`;
    return `\n${" ".repeat(indent)}${comment}${block({ [key]: value }, indent)}`;
  });
  return { from: at, to: at, text: lines.join("") };
}

/** Keys on lines of their own, but those of maps that hold no other. Lines after the first are indented. */
function block(value: unknown, indent: number): string {
  const isFlow = (map: YAMLMap, isWhole: boolean): boolean =>
    !isWhole && map.items.every(({ value }) => !isCollection(value));
  return written(value, isFlow).replaceAll("\n", `\n${" ".repeat(indent)}`);
}

function flow(value: unknown): string {
  return written(value, () => true);
}

function written(value: unknown, isFlow: (map: YAMLMap, isWhole: boolean) => boolean): string {
  const document = new Document(value);
  visit(document, {
    Map(_, map) {
      map.flow = isFlow(map, map === document.contents);
    },
    Seq(_, seq) {
      seq.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, indent: 2 }).trimEnd();
}

function rangeOf(node: unknown): { from: number; to: number } {
  const [from, to] = (node as Node).range ?? [0, 0];
  return { from, to: isCollection(node) ? endOf(node) : to };
}

/** Where a value ends, without the comments and empty lines that the parser counts to a block. */
function endOf(node: unknown): number {
  if (isCollection(node) && node.flow !== true) {
    const last = node.items[node.items.length - 1];
    if (last !== undefined && isMap(node)) {
      const { key, value } = last as { key: unknown; value: unknown };
      return endOf(value ?? key);
    }
    if (last !== undefined) return endOf(last);
  }
  return (node as Node).range?.[1] ?? 0;
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf("\n", at - 1) + 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
