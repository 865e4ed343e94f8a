const [BEGIN, END] = ["<!-- files: begin -->", "<!-- files: end -->"] as const;

/** The document with other lines where its table stands. */
export function withTable(document: string, lines: readonly string[]): string {
  const [from, to] = placeOf(document);
  return `${document.slice(0, from)}\n${lines.join("\n")}\n${document.slice(to)}`;
}

/** The lines of its table, as they stand. */
export function tableIn(document: string): string[] {
  return document
    .slice(...placeOf(document))
    .trim()
    .split("\n");
}

function placeOf(document: string): [number, number] {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`no ${BEGIN} and ${END}`);
  return [from + BEGIN.length, to];
}
