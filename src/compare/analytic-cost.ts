import type { PolicyConfig } from "../config/config.js";
import { estimate, type Figure, refusal } from "../core/figure.js";
import { DAY_MICROS } from "../core/time.js";

/**
 * What a policy costs on paper, in rows learned per row of the log when traffic is even: window x epochs / cadence for
 * retraining on a window, epochs for warm retraining, 1 online and for the floor, 0 frozen (Egg 2021, section 4: the ratio of stateful to
 * stateless training). All history costs more every day, so its ratio is of the test's `days`, half of them on average.
 */
export function analyticRowsPerRow(
  policy: PolicyConfig,
  { testDays, historyDays }: { testDays: number; historyDays: number },
): Figure {
  const on = (value: number, formula: string): Figure => estimate(value, 1, `${formula}, even traffic`);
  switch (policy.kind) {
    case "frozen":
      return on(0, "no training");
    case "floor":
    case "online":
      return on(1, "each row once");
    case "warm":
      return on(policy.epochs, "epochs");
    case "stateless": {
      const { window, every, epochs } = policy;
      if (window !== "all") return on((window * epochs) / every, "window x epochs / cadence");
      if (!(testDays > 0)) return refusal("no-rows", "the test has no days", "give a longer log");
      const everyDays = every / DAY_MICROS;
      const meanHistory = historyDays + testDays / 2;
      return on((meanHistory * epochs) / everyDays, "mean history x epochs / cadence");
    }
  }
}
