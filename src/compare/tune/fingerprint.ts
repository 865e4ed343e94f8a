import type { PolicyConfig } from "../../config/config.js";
import type { LearnerSpec, TermSpec } from "../../core/model-spec.js";
import { farmhashFingerprint64 } from "../../model/encoders/farmhash.js";

/** Everything that a tuned setting was tuned for: with any of it changed, the settings are not those that were chosen. */
export interface TunedFor {
  /** Absent: the checkpoint itself. */
  policy?: PolicyConfig;
  /** Of the policy, its own laid over the common one. */
  learner: LearnerSpec;
  terms: readonly TermSpec[];
  /** What trains the checkpoint on the log's first days; absent where it was converted. */
  checkpointLearner?: LearnerSpec;
}

/** 16 hexadecimal digits that change with the settings; names and the order of keys do not count. */
export function fingerprint({ policy, ...tunedFor }: TunedFor): string {
  const { name: _, learner: __, ...cadence } = policy ?? { name: "" };
  const text = JSON.stringify({ ...tunedFor, cadence }, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return farmhashFingerprint64(new TextEncoder().encode(text)).toString(16).padStart(16, "0");
}
