import { describe, expect, it } from "vitest";
import { type ParityDocument, parityPage } from "../../src/report/html/parity-page.js";
import { parityLines } from "../../src/report/parity-text.js";

const document: ParityDocument = {
  ...{ checkpoint: "a<b>&\"'.pt", format: "pytorch-zip", family: "matrix-factorisation", isWithin: true },
  parity: {
    ...{ source: "golden", rows: 3, maxAbsoluteDifference: 3e-8, tolerance: 1e-5, at: 1, setAside: 2 },
    encoded: ["user"],
    run: { framework: "TensorFlow.js 4.22.0", gives: "logits", rows: 3, maxAbsoluteDifference: 2e-8 },
    updates: {
      ...{ updates: 2, rows: 1, maxAbsoluteDifference: 1e-13, largestMove: 0.25 },
      steps: [
        { row: 0, label: 0, before: 0.5, source: 0.25, online: 0.25 },
        { row: 0, label: 1, before: 0.25, source: 0.375, online: 0.3750000000001 },
      ],
    },
  },
  worst: { user: "<script>alert(1)</script>", price: null },
  scores: [
    { row: 0, source: 0.5, online: 0.5, golden: 0.5, run: 0.5 },
    { row: 1, source: -1, online: -1, golden: -1.00000003, run: -1 },
    { row: 4, source: 2, online: 2, golden: 2, run: 2 },
  ],
};

/** What stands between tags, by the name of the tag. */
function textsIn(page: string, tag: string): string[] {
  return [...page.matchAll(new RegExp(`<${tag}(?: [^>]*)?>([^<]*)</${tag}>`, "g"))].map(
    ([, text]) => text ?? "",
  );
}

describe("the parity section as a page", () => {
  const page = parityPage(document);

  it("has every row with each side's score, the row that differs most first where it is asked for", () => {
    const [largest = "", all = "", updates = ""] = page.split("<table>").slice(1);
    expect(textsIn(largest, "th")).toEqual([
      ...["row", "golden, by your pipeline", "by its framework", "from the source&#39;s tensors"],
      ...["online model", "largest difference", "1", "0", "4"],
    ]);
    expect(textsIn(all, "th").slice(6)).toEqual(["0", "1", "4"]);
    expect(textsIn(all, "td").slice(5, 10)).toEqual([
      ...["-1.00000003", "-1.00000000", "-1.00000000", "-1.00000000", "3.00e-8"],
    ]);
    expect(textsIn(updates, "td").slice(6)).toEqual([
      ...["0", "1", "0.250000000", "0.375000000", "0.375000000", "1.00e-13"],
    ]);
    for (const text of ["TensorFlow.js 4.22.0", "within the tolerance", "price = missing"])
      expect(page).toContain(text);
  });

  it("names what rested while the updates were compared", () => {
    const updates = {
      ...{ updates: 40, rows: 20, maxAbsoluteDifference: 1e-13, largestMove: 0.25 },
      atRest: ["deep/kernel_0", "deep/bias_0"],
    };
    expect(parityLines({ ...document.parity, updates }).at(-1)).toMatch(
      /deep\/kernel_0, deep\/bias_0 rested, of which that has no memory/,
    );
    expect(parityLines(document.parity).at(-1)).not.toContain("rested");
  });

  it("leaves out what there is none of, and says why", () => {
    const { golden: _, run: __, ...bare } = document.scores[0] ?? { row: 0, source: 0, online: 0 };
    const { run: ___, ...parity } = document.parity;
    const updates = { notMade: "the slots are <fresh>" };
    const other = parityPage({
      ...document,
      isWithin: false,
      parity: { ...parity, updates },
      scores: [bare],
    });
    expect(other).not.toContain("by your pipeline");
    expect(other).not.toContain("by its framework");
    expect(other).toContain("Not compared with the source&#39;s optimizer: the slots are &#60;fresh&#62;.");
    expect(other).toContain("differ by more than the tolerance");
  });

  it("shows a thousand rows and says where the others are", () => {
    const scores = Array.from({ length: 1234 }, (_, row) => ({ row, source: row, online: row }));
    const long = parityPage({ ...document, scores });
    expect(textsIn(long, "th").filter((text) => /^\d+$/.test(text)).length).toBe(1000 + 10 + 2);
    expect(long).toContain("234 more rows are in the JSON");
  });

  it("takes nothing of a file for markup, and runs nothing", () => {
    expect(page).not.toMatch(/<script|<b>|javascript:|<img|<link|src=/i);
    expect(page).toContain("a&#60;b&#62;&#38;&#34;&#39;.pt");
    expect(page).toContain("default-src 'none'");
  });

  it("is one that a screen reader and a keyboard get through", () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(textsIn(page, "title")).toEqual(textsIn(page, "h1"));
    expect(page.match(/<main>/g)).toHaveLength(1);
    expect(textsIn(page, "h2")).toHaveLength(4);
    const tables = page.split("<table>").slice(1);
    expect(tables).toHaveLength(3);
    for (const table of tables) {
      expect(textsIn(table, "caption")).toHaveLength(1);
      const rows = table.split("<tr>").slice(1);
      const columns = rows[0]?.match(/<th scope="col">/g) ?? [];
      expect(columns.length).toBeGreaterThan(4);
      for (const row of rows.slice(1)) {
        expect(row.match(/<th scope="row">/g)).toHaveLength(1);
        expect(row.match(/<td>/g)).toHaveLength(columns.length - 1);
      }
    }
    // What scrolls can be reached, and has a name.
    expect(page.match(/role="region" aria-label="[^"]+" tabindex="0"/g)).toHaveLength(3);
  });

  it("has contrast above 7 : 1 in light and in dark", () => {
    const pairs = [...page.matchAll(/color: (#[0-9a-f]+); background: (#[0-9a-f]+)/g)];
    expect(pairs).toHaveLength(2);
    for (const [, text = "", ground = ""] of pairs) expect(contrast(text, ground)).toBeGreaterThan(7);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });
});

it("the same in lines: a proof that was not made says why and how it would be", () => {
  const lines = parityLines({
    ...document.parity,
    run: { notMade: "@tensorflow/tfjs is not installed", next: "npm install" },
  });
  expect(lines).toEqual([
    "parity   largest difference 3.00e-8 at row 1, tolerance 0.00001: 3 golden rows, source tensors and online model against each other; 2 rows set aside; encoded as the source did: user",
    "run      not compared with the model itself: @tensorflow/tfjs is not installed; next: npm install",
    "updates  largest difference 1.00e-13: 2 updates of 1 rows, against the source's optimizer from its own slots (one moved its row by up to 0.250)",
  ]);
});

/** Of WCAG 2.2. */
function contrast(...colours: [string, string]): number {
  const [dark = 0, light = 0] = colours.map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.replace(/[0-9a-f]/g, "$&$&") : colour;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
