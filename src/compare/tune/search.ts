import type { Axis, Settings } from "./settings.js";

/** Values that are tried beside the one in the file; 0 and 1 are ends by nature, the last of each is not. */
const LADDERS: Readonly<Record<Exclude<Axis, "octaves">, readonly number[]>> = {
  epochs: [1, 2, 4, 8, 16, 32],
  l2: [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2],
  batchSize: [1, 4, 16, 64, 256, 1024],
};

/** Normalized loss that is worth a change of settings. */
export const MATERIAL = 1e-4;

/** One setting that was tried. The loss is infinite where it diverged. */
export interface Tried {
  settings: Settings;
  loss: number;
}

/** Where the best setting is the last that was tried in a direction: beyond it may be a better one. */
export interface Edge {
  axis: Axis;
  side: "lowest" | "highest";
}

/**
 * A compass search on a lattice (Hooke & Jeeves 1961): from the settings as they are, tries the first neighbour of the
 * best so far that was not tried yet, until the budget is spent or no neighbour is left. Neighbours, in this order: the
 * rate times 4, by 4, times 2, by 2; the next epochs, l2 and batch size, up and down; the rate times and by the root
 * of 2; then the rate doubled or halved together with one other setting. Only a loss that is lower by more than
 * MATERIAL moves the best: of those that are as good the earlier tried stays, which is nearer to the file, so that no
 * setting is changed for nothing. All that were tried, in order.
 */
export function search<T extends Tried>(
  start: Settings,
  budget: number,
  tryOut: (settings: Settings) => T,
): { best: T; tried: T[] } {
  let best = tryOut(start);
  const tried = [best];
  const seen = new Set([keyOf(start)]);
  while (tried.length < budget) {
    const next = neighboursOf(best.settings).find((one) => !seen.has(keyOf(one)));
    if (next === undefined) break;
    seen.add(keyOf(next));
    const one = tryOut(next);
    tried.push(one);
    if (one.loss < best.loss - MATERIAL) best = one;
  }
  return { best, tried };
}

/** Edges of what was tried that the best setting stands on, on axes that go on beyond them. */
export function edgesOf(best: Settings, tried: readonly Tried[]): Edge[] {
  return axesOf(best).flatMap((axis): Edge[] => {
    const own = best[axis] ?? 0;
    const values = tried.map(({ settings }) => settings[axis] ?? own);
    if (Math.max(...values) === Math.min(...values)) return [];
    const isLowest = Math.min(...values) === own && (axis === "octaves" || lowerOf(axis, own) !== undefined);
    const isHighest = Math.max(...values) === own;
    return [
      ...(isLowest ? [{ axis, side: "lowest" } as const] : []),
      ...(isHighest ? [{ axis, side: "highest" } as const] : []),
    ];
  });
}

function neighboursOf(settings: Settings): Settings[] {
  const others = axesOf(settings).filter((axis) => axis !== "octaves");
  const steps = others.flatMap((axis) => {
    const own = settings[axis] ?? 0;
    return [higherOf(axis, own), lowerOf(axis, own)].flatMap((value) =>
      value === undefined ? [] : [{ ...settings, [axis]: value }],
    );
  });
  const { octaves } = settings;
  if (octaves === undefined) return steps;
  const by = (from: Settings, shift: number): Settings => ({ ...from, octaves: octaves + shift });
  return [
    ...[2, -2, 1, -1].map((shift) => by(settings, shift)),
    ...steps,
    ...[0.5, -0.5].map((shift) => by(settings, shift)),
    ...steps.flatMap((step) => [by(step, 1), by(step, -1)]),
  ];
}

function axesOf(settings: Settings): Axis[] {
  return Object.keys(settings) as Axis[];
}

function higherOf(axis: Exclude<Axis, "octaves">, value: number): number | undefined {
  return LADDERS[axis].find((one) => one > value);
}

function lowerOf(axis: Exclude<Axis, "octaves">, value: number): number | undefined {
  return LADDERS[axis].findLast((one) => one < value);
}

function keyOf(settings: Settings): string {
  return JSON.stringify(settings);
}
