import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLabelRule } from "../../src/config/label-rule.js";
import { checkTextColumns, NumberTexts } from "../../src/config/label-texts.js";
import type { Column, ColumnDescription, ColumnType } from "../../src/core/column.js";

const described = (types: Record<string, ColumnType>): ColumnDescription[] =>
  Object.entries(types).map(([name, type]) => ({ name, type, physicalType: type }));
const check = (rule: string, types: Record<string, ColumnType>): void =>
  checkTextColumns(parseLabelRule(rule), described(types));

const texts = (distinct: readonly string[]): Column => ({
  kind: "text",
  distinct,
  codes: Int32Array.from(distinct, (_, code) => code),
});

/** The rule over a log cut into these row groups. */
function read(rule: string, rowGroups: readonly Record<string, Column>[]): void {
  const seen = new NumberTexts(parseLabelRule(rule));
  for (const columns of rowGroups) seen.add(new Map(Object.entries(columns)));
  seen.finish();
}

describe("a text in a rule", () => {
  it.each(["integer", "float", "boolean", "timestamp"] as const)(
    "beside a column of %s: refused by the schema",
    (type) => {
      expect(() => check('a == "x" and b > 1', { a: type, b: "float" })).toThrow(
        `column a of type ${type} compared with the text "x"\n  expected: a number: a == 1`,
      );
      expect(() => check('not ("x" != a or b)', { a: type, b: "float" })).toThrow(
        "expected: a number: a != 1",
      );
    },
  );

  it("beside a column of texts: right, and other columns are not asked", () => {
    check('a == "x" and b > 1', { a: "text", b: "integer" });
    // A column that is not there is the reader's to refuse, with the nearest name.
    check('a == "x"', { b: "integer" });
  });
});

describe("texts read as numbers", () => {
  it("are refused where none is one, with the column and a text", () => {
    expect(() => read("e == 3", [{ e: texts(["buy", "view"]) }])).toThrow(
      'column e of texts, such as "buy", read as numbers\n  expected: a column of numbers, or a comparison with a text: e == "buy"',
    );
    expect(() => read("1 > -e or a", [{ e: texts(["", " "]) }, { e: texts(["NaN", "x"]) }])).toThrow(
      'such as "x"',
    );
  });

  it("may be odd or missing here and there, and are no matter beside a text", () => {
    read("e > 3", [{ e: texts(["n/a", "", "5"]) }]);
    read("e > 3", [{ e: texts(["", "NaN"]) }, { e: texts([]) }]);
    read('e == "buy" and f > 1', [{ e: texts(["buy"]), f: { kind: "number", values: Float64Array.of(1) } }]);
    expect(() => read('e == "buy" or e > 1', [{ e: texts(["buy"]) }])).toThrow("column e of texts");
  });

  it("give the same answer however the log is cut", () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("buy", "view", "", "nan", "n/a", "7"), { maxLength: 8 }),
        fc.array(fc.nat(8), { maxLength: 4 }),
        (values, cuts) => {
          const edges = [0, ...[...cuts].sort((a, b) => a - b), values.length];
          const groups = edges.slice(1).map((edge, at) => ({ e: texts(values.slice(edges[at], edge)) }));
          const answer = (parts: readonly Record<string, Column>[]): string => {
            try {
              read("e == 1", parts);
              return "read";
            } catch (error) {
              refused += 1;
              return String(error);
            }
          };
          expect(answer(groups)).toBe(answer([{ e: texts(values) }]));
        },
      ),
    );
    expect(refused).toBeGreaterThan(10);
  });
});
