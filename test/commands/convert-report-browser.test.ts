import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { describeInBrowser } from "../support/browser.js";
import { temporaryFolder } from "../support/cli.js";
import { inProcess } from "../support/in-process.js";

/** WCAG 2.2 up to AA, and what is good practice beside it. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const folder = temporaryFolder();
const report = join(folder, "parity.html");
const NARROW = { width: 320, height: 640 };

describeInBrowser("the page of convert --report in a browser", (browser) => {
  beforeAll(async () => {
    const config = join(folder, "unbatch.yaml");
    const feature = (name: string): string =>
      `  - { name: ${name}, column: ${name}_id, encoder: { kind: vocabulary, key: ${name}2id, unknown: grow } }\n`;
    writeFileSync(
      config,
      `version: 1\nlog: { time: time, label: label }\nfeatures:\n${feature("user")}${feature("item")}checkpoint:\n  golden: { file: golden.json, columns: { user_id: user_ids, item_id: item_ids }, score: logits }\nlearner: { optimizer: { kind: adagrad, rate: 0.1 } }\n`,
    );
    const checkpoint = resolve("fixtures/made/pytorch_mf/checkpoint.pt");
    const args = ["--config", config, "--out", join(folder, "model"), "--report", report, "--quiet"];
    const { code, stderr } = await inProcess(["convert", checkpoint, ...args]);
    expect(code, stderr).toBe(0);
  });

  /** The report, and what the browser asked for and complained of. */
  async function opened(look: BrowserContextOptions): Promise<{ page: Page; heard: string[] }> {
    const page = await (await browser()).newPage(look);
    const heard: string[] = [];
    page.on("console", (message) => heard.push(message.text()));
    page.on("pageerror", (error) => heard.push(String(error)));
    page.on("request", (request) => heard.push(request.url()));
    await page.goto(pathToFileURL(report).href);
    return { page, heard };
  }

  it.each(["light", "dark"] as const)("has nothing that axe finds wrong, in %s", async (colorScheme) => {
    const { page } = await opened({ colorScheme });
    await page.evaluate(axe.source);
    const options: axe.RunOptions = {
      runOnly: RULES,
      rules: { "color-contrast-enhanced": { enabled: true } },
    };
    const found = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as axe.AxeResults;
    expect(found.violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
    // Cells that are scrolled away, or of one digit, are left open; others have the same colours.
    const open = found.incomplete.flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html]));
    expect(open.filter(([id = "", html = ""]) => !/contrast/.test(id) || !/^<t[dh]/.test(html))).toEqual([]);
    const passed = new Map(found.passes.map(({ id, nodes }) => [id, nodes.length]));
    expect(passed.get("color-contrast")).toBeGreaterThan(300);
    for (const id of ["color-contrast-enhanced", "scrollable-region-focusable", "landmark-one-main"])
      expect(passed.has(id), id).toBe(true);
    await page.close();
  });

  it("asks for no other file and runs nothing", async () => {
    const { page, heard } = await opened({});
    expect(heard).toEqual([pathToFileURL(report).href]);
    expect(await page.locator("tbody tr").count()).toBe(10 + 40 + 40);
    await page.close();
  });

  it("is read by the keyboard alone, on a phone too", async () => {
    const { page } = await opened({ viewport: NARROW });
    const names = await page.getByRole("region").evaluateAll((all) => all.map((one) => one.ariaLabel));
    expect(names).toHaveLength(3);
    for (const name of names) {
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      expect(await focused.getAttribute("aria-label")).toBe(name);
      await expect(page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).resolves.toBe(
        "solid",
      );
      await page.keyboard.press("ArrowRight");
      await expect.poll(() => focused.evaluate((one) => one.scrollLeft)).toBeGreaterThan(0);
    }
    // What is wide scrolls in its region, and the page not at all.
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(NARROW.width);
    await page.close();
  });
});
