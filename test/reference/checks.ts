import type { Check } from "./check.js";
import { compareCheck } from "./checks/compare.js";
import { datasetsCheck } from "./checks/datasets.js";
import { driftCheck } from "./checks/drift.js";
import { learnersCheck } from "./checks/learners.js";
import { metricsCheck } from "./checks/metrics.js";
import { obdCheck } from "./checks/obd.js";
import { opeCheck } from "./checks/ope.js";

/** One a reference file: where a new one goes. */
export const checks: readonly Check[] = [
  metricsCheck,
  learnersCheck,
  driftCheck,
  opeCheck,
  obdCheck,
  datasetsCheck,
  compareCheck,
];
