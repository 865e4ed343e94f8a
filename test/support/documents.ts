import { expect } from "vitest";

/** The result of a command with --json: one document, and nothing beside it. */
export function parseDocument(stdout: string, schema: string): Record<string, unknown> {
  const document = JSON.parse(stdout) as Record<string, unknown>;
  expect(document).toMatchObject({ schema: `unbatch.${schema}`, version: 1 });
  return document;
}

/** A figure is `{value, rows, ...}` or `{refused: code, reason, remedy}`. */
export function expectFigure(figure: unknown, name: string): void {
  const parts = figure as Record<string, unknown>;
  if ("refused" in parts) {
    expect(parts, name).toEqual({
      refused: expect.stringMatching(/^[a-z-]+$/),
      reason: expect.stringMatching(/\w/),
      remedy: expect.stringMatching(/\w/),
    });
    return;
  }
  expect(Number.isFinite(parts["value"]), name).toBe(true);
  expect(parts, name).toMatchObject({ rows: expect.any(Number), estimator: expect.stringMatching(/\w/) });
}

/** The metrics that every policy, slice and window has. Returns how many figures were looked at. */
export function expectMetrics(metrics: unknown, where: string): number {
  const figures = metrics as Record<string, unknown>;
  expect(Object.keys(figures), where).toEqual(
    expect.arrayContaining(["logLoss", "normalizedEntropy", "rocAuc", "calibrationRatio"]),
  );
  for (const [name, figure] of Object.entries(figures)) expectFigure(figure, `${where}.${name}`);
  return Object.keys(figures).length;
}
