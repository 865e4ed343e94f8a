import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { Optimizer } from "./optimizer.js";

/**
 * FTRL-Proximal, per coordinate (McMahan et al. 2013, algorithm 1; `rate` is their alpha, l2 counted once):
 * sigma = (sqrt(n + g^2) - sqrt(n)) / rate; z += g - sigma w; n += g^2;
 * w = 0 where |z| <= l1, else -(z - sign(z) l1) / ((beta + sqrt(n)) / rate + l2).
 */
export function ftrl(spec: Extract<OptimizerSpec, { kind: "ftrl" }>): Optimizer {
  const { rate, beta, l1, l2, initialAccumulator } = spec;
  // Two divisions less a weight.
  const perRate = 1 / rate;
  return {
    slotNames: ["n", "z"],
    rate,
    slotsPer: "weight",
    updates: "touched",
    usesStep: false,
    clipNorm: spec.clipNorm ?? Number.POSITIVE_INFINITY,
    initialSlot(slot, weight) {
      if (slot === "n") return initialAccumulator;
      return ftrlZ(spec, weight, initialAccumulator);
    },
    update(weights, slots, at, width, gradient, gradientAt, scale) {
      const [ns, zs] = slots;
      if (ns === undefined || zs === undefined) return;
      for (let k = 0; k < width; k++) {
        const g = scale * (gradient[gradientAt + k] ?? 0);
        if (g === 0) continue;
        const before = ns[at + k] ?? 0;
        const n = before + g * g;
        const root = Math.sqrt(n);
        const sigma = (root - Math.sqrt(before)) * perRate;
        const z = (zs[at + k] ?? 0) + g - sigma * (weights[at + k] ?? 0);
        ns[at + k] = n;
        zs[at + k] = z;
        weights[at + k] = Math.abs(z) <= l1 ? 0 : -(z - Math.sign(z) * l1) / ((beta + root) * perRate + l2);
      }
    },
    effectiveRate(slots, at) {
      const n = slots[0]?.[at] ?? 0;
      return n > initialAccumulator ? 1 / ((beta + Math.sqrt(n)) / rate + l2) : undefined;
    },
  };
}

/** The z that yields `weight` at accumulator n; used where a weight arrives without its slots. */
export function ftrlZ(
  { rate, beta, l1, l2 }: { rate: number; beta: number; l1: number; l2: number },
  weight: number,
  n: number,
): number {
  return weight === 0 ? 0 : -weight * ((beta + Math.sqrt(n)) / rate + l2) - Math.sign(weight) * l1;
}
