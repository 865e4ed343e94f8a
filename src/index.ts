/** Types of the JSON documents that the commands print with --json, and of the files they write. */

export type { DriftResult } from "./commands/drift/compare-parts.js";
export type { OpeBody } from "./commands/ope/body.js";
export type { Comparison, PolicyResult } from "./compare/compare.js";
export type { Config } from "./config/config.js";
export type { Estimate, Figure, ReasonCode, Refusal } from "./core/figure.js";
export type { LearnerSpec, ModelSpec, TermSpec } from "./core/model-spec.js";
export type { Quality } from "./measure/quality.js";
export type { ModelRecord, ParityReport, TensorReport } from "./model/record.js";
export type { Ledger } from "./replay/ledger.js";
export type { ReplayResult, ReplayWindow } from "./replay/replay-result.js";
export type { StabilityReport } from "./report/stability-text.js";
export type { TuneReport } from "./report/tune-text.js";
