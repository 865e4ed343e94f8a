import { expect, it } from "vitest";
import { UnbatchError } from "../../src/core/errors.js";
import { formatTable } from "../../src/report/format.js";

const ESCAPE = "a\x1b[31mred\nnext";

it("a table of more rows than a call has arguments", () => {
  const rows = Array.from({ length: 200_000 }, (_, row) => [`t${row}`, "[1]"]);
  const lines = formatTable(["tensor", "shape"], rows).split("\n");
  expect(lines).toHaveLength(200_002);
  expect(lines.at(-1)).toBe("t199999    [1]");
});

it("a long name is cut, so that it does not widen every row", () => {
  const [, rule, long, short] = formatTable(["tensor"], [["x".repeat(500_000)], ["y"]]).split("\n");
  expect(long).toBe(`${"x".repeat(200)}... (500000 characters)`);
  expect(rule).toHaveLength(long?.length ?? 0);
  expect(short).toBe("y");
});

it("what a terminal would obey is written out, in tables and errors", () => {
  expect(formatTable(["tensor"], [[ESCAPE]]).split("\n")[2]).toBe("a\\x1b[31mred\\x0anext");
  const { message } = new UnbatchError({ where: "m.pt", found: ESCAPE, expected: "\u009bm" });
  expect(message).toBe("m.pt: a\\x1b[31mred\nnext\n  expected: \\x9bm");
});
