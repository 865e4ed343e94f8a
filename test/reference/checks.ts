import type { Check } from "./check.js";
import { driftCheck } from "./checks/drift.js";
import { metricsCheck } from "./checks/metrics.js";

/** One a reference file: where a new one goes. */
export const checks: readonly Check[] = [metricsCheck, driftCheck];
