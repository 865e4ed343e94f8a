import type { Figure } from "../core/figure.js";
import type { Usage } from "../measure/cost.js";
import { formatCount, formatFigure } from "./format.js";

export type UsageReport = Usage & { dollars: Figure; noise: Figure };

/** What a run used, and what that costs where prices are known. */
export function usageLines({
  cpuSeconds,
  bytesRead,
  peakMemoryBytes,
  dollars,
  noise,
}: UsageReport): string[] {
  const spread = "refused" in noise ? "" : `, noise ${(noise.value * 100).toFixed(1)} %`;
  const price = "refused" in dollars ? "" : `, $${formatFigure(dollars, 6)}`;
  return [
    `CPU ${cpuSeconds.reading.toFixed(2)} s reading + ${cpuSeconds.learning.toFixed(2)} s learning + ${cpuSeconds.measuring.toFixed(2)} s measuring${spread}; ` +
      `${formatCount(bytesRead)} bytes read; ${formatCount(Math.round(peakMemoryBytes / 1e6))} MB at most${price}`,
  ];
}
