import type { Check } from "./check.js";
import { datasetsCheck } from "./checks/datasets.js";
import { metricsCheck } from "./checks/metrics.js";

/** One a reference file: where a new one goes. */
export const checks: readonly Check[] = [metricsCheck, datasetsCheck];
