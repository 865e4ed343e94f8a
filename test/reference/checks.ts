import type { Check } from "./check.js";
import { metricsCheck } from "./checks/metrics.js";
import { obdCheck } from "./checks/obd.js";
import { opeCheck } from "./checks/ope.js";

/** One a reference file: where a new one goes. */
export const checks: readonly Check[] = [metricsCheck, opeCheck, obdCheck];
