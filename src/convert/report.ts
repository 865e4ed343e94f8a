import type { OptimizerSpec } from "../core/model-spec.js";
import type { TensorReport } from "../model/record.js";
import type { Converted } from "./convert.js";
import type { Parity } from "./parity/parity.js";
import type { SlotMode } from "./slots.js";

/** What `unbatch convert` says, as data. */
export interface ConvertReport {
  checkpoint: string;
  format: string;
  model: string;
  family: string;
  evidence: readonly string[];
  assumed: readonly string[];
  optimizers: readonly { term: string; spec: OptimizerSpec; from: string }[];
  parity: Parity["report"] & { setAside: number };
  tensors: readonly TensorReport[];
  slots: { mode: SlotMode; tensors: readonly TensorReport[] };
  notes: readonly string[];
}

export function convertReport(
  { source, bound, optimizers, tensors, slots }: Converted,
  parity: Parity,
  options: { model: string; slots: SlotMode; notes: readonly string[] },
): ConvertReport {
  const { checkpoint, recognised, where } = source;
  return {
    checkpoint: where,
    format: checkpoint.format,
    model: options.model,
    family: recognised.family,
    evidence: recognised.evidence,
    assumed: [...bound.calibration.because, ...bound.assumed],
    optimizers,
    parity: { ...parity.report, setAside: parity.setAside },
    tensors,
    slots: { mode: options.slots, tensors: slots },
    notes: [...options.notes, ...checkpoint.notes],
  };
}

/** Lines for a terminal, ending with what to do next. `parity`: what is said of the proof. */
export function convertLines(report: ConvertReport, parity: readonly string[]): string[] {
  const { slots } = report;
  return [
    `${report.checkpoint} (${report.format}) -> ${report.model}`,
    "",
    `family   ${report.family}`,
    ...report.evidence.map((line) => `         ${line}`),
    ...report.assumed.map((line) => `assumed  ${line}`),
    ...report.optimizers.map(({ term, spec, from }) => `learns   ${term}: ${optimizerWords(spec)} (${from})`),
    "",
    ...tensorLines(report.tensors),
    "",
    ...slotLines(slots.mode, slots.tensors),
    ...report.notes.map((note) => `note     ${note}`),
    ...parity,
    "",
    `next: unbatch replay ${report.model} LOGS... --out RUN`,
  ];
}

function tensorLines(tensors: readonly TensorReport[]): string[] {
  const cells = tensors.map(({ name, table, rows, width, outcome, note }) => [
    table === "" ? "-" : table,
    `${rows.toLocaleString("en")} x ${width}`,
    outcome,
    name === "" ? "-" : name,
    note,
  ]);
  return aligned([["table", "rows x width", "outcome", "tensor", ""], ...cells]);
}

/** Slots by outcome and reason, since there are as many as tensors or more. */
function slotLines(mode: SlotMode, slots: readonly TensorReport[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { outcome, note, role, table } of slots) {
    const key = `${outcome}: ${note}`;
    groups.set(key, [...(groups.get(key) ?? []), `${table} ${role.replace(/^slot /, "")}`]);
  }
  if (groups.size === 0) return [`slots    ${mode}: none needed`];
  return [...groups].map(([key, names]) => {
    const shown = names.slice(0, 4).join(", ");
    return `slots    ${mode}, ${names.length} ${key} (${shown}${names.length > 4 ? ", ..." : ""})`;
  });
}

function optimizerWords(spec: OptimizerSpec): string {
  const { kind, ...settings } = spec;
  const words = Object.entries(settings).map(
    ([name, value]) => `${name} ${typeof value === "number" ? Number(value.toPrecision(7)) : value}`,
  );
  return [kind, ...words].join(", ");
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
