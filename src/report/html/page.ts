/** Text as HTML: nothing in a file's or a feature's name is markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/**
 * A page that needs nothing beside it: no script, no other file. `body` is HTML, its sections under h2. Contrast is above
 * 7:1 in light and in dark, and nothing is told by colour alone.
 */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 0.5rem 0; }
th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid #8a8a8a; text-align: right; white-space: nowrap; }
.rows { max-height: 32rem; overflow: auto; border: 1px solid #8a8a8a; }
.rows:focus-visible { outline: 3px solid currentColor; }
dt { font-weight: 600; }
dd { margin: 0 0 0.5rem 0; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { color: #f0f0f0; background: #121212; } }
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** A term and what is said of it, one line each. */
export function htmlTerms(terms: readonly (readonly [term: string, text: string])[]): string {
  const lines = terms.map(([term, text]) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`);
  return `<dl>\n${lines.join("\n")}\n</dl>`;
}

/** A table whose first column names its rows, in a region of its own that a keyboard scrolls. */
export function htmlTable(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const heads = header.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join("");
  const lines = rows.map(([name = "", ...cells]) => {
    const others = cells.map((cell) => `<td>${escaped(cell)}</td>`).join("");
    return `<tr><th scope="row">${escaped(name)}</th>${others}</tr>`;
  });
  return `<div class="rows" role="region" aria-label="${escaped(caption)}" tabindex="0">
<table>
<caption>${escaped(caption)}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${lines.join("\n")}
</tbody>
</table>
</div>`;
}
