/** Quoted text, word, number, a symbol of two characters, anything else; together they cover every character. */
const TOKEN =
  /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[A-Za-z_$\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*|\d[\w.]*|&&|\|\||!=|[\s\S]/gu;

/**
 * A label rule with `and`, `or`, `not` as &&, ||, !(…). `not` (or `!`) reaches to the next and, or, closing parenthesis
 * or the end, as in SQL: `not a >= 5` is !(a >= 5), where a plain `!` would bind to `a` alone.
 */
export function wordsToSymbols(rule: string): string {
  let symbols = "";
  let depth = 0;
  /** Depth of parentheses at which each open `not` stands. */
  const open: number[] = [];
  const close = (): void => {
    while (open[open.length - 1] === depth) {
      open.pop();
      symbols += ")";
    }
  };
  for (const [token] of rule.matchAll(TOKEN)) {
    switch (token) {
      case "not":
      case "!":
        open.push(depth);
        symbols += " !(";
        break;
      case "and":
      case "&&":
        close();
        symbols += " && ";
        break;
      case "or":
      case "||":
        close();
        symbols += " || ";
        break;
      case "(":
        depth += 1;
        symbols += token;
        break;
      case ")":
        close();
        depth -= 1;
        symbols += token;
        break;
      default:
        symbols += token;
    }
  }
  close();
  return symbols;
}
