import { UnbatchError } from "../../core/errors.js";
import { isPairwise, type ModelSpec, type OptimizerSpec, type TermSpec } from "../../core/model-spec.js";
import { optimizerOf, tableShapes } from "../../core/table-shapes.js";
import type { Tensor } from "../../core/tensor.js";
import type { EventBatch } from "../../model/batch.js";
import { plainLearner } from "../../model/learner.js";
import { loadState, STEPS } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import { narrowModel } from "../../model/narrow.js";
import type { UpdateScores, UpdatesReport } from "../../model/record.js";
import { type Bound, type BoundTable, type Source, tableKind } from "../bound.js";
import type { Converted } from "../convert.js";
import { encodeRows } from "./online-score.js";
import type { ParityRows } from "./rows.js";
import type { SourceValue } from "./source-encode.js";
import { hasSourceGradient, scoreAndSlopes } from "./source-gradients.js";
import { type SourceRule, type SourceWeight, sourceRule, sourceSlots } from "./source-rule.js";
import { elementsIn, sourceEncoder, sourceReader } from "./source-score.js";

const ROWS = 20;
/** Twice over the rows, so that the memory of each is met again. */
const UPDATES = 2 * ROWS;
/** Each update visits every weight of the layers, one by one. */
const MOST_LAYER_WEIGHTS = 100_000;

/**
 * The first online updates against a float64 loop over the source's own tensors and slots: each of the first rows that
 * both can encode is learned on its own, labels 1 and 0 in turn, and scored again. Models of the terms that hasSourceGradient names.
 */
export function compareUpdates(
  { source, bound, slots }: Converted,
  model: OnlineModel,
  rows: ParityRows,
): UpdatesReport {
  const changed = slots.find(
    ({ outcome, note }) => outcome === "transferred" && !note.startsWith("as saved"),
  );
  if (changed !== undefined) return { notMade: `${changed.table} ${changed.role}: ${changed.note}` };
  const reference = SourceLoop.of(source, bound, model);
  if (typeof reference === "string") return { notMade: reference };
  const encoded = encodeRows(model, rows);
  const encode = sourceEncoder(source, bound);
  const learned: { row: number; values: ReadonlyMap<string, SourceValue> }[] = [];
  for (let row = 0; row < rows.rows && learned.length < ROWS; row++) {
    const values = encode(rows.columns, row);
    const isPlain = [...(values?.values() ?? [])].every(isPlainValue);
    const isKnown = encoded.reasons[row] === undefined && isPlain && !hasNewId(encoded.batch, row);
    if (values !== undefined && isKnown) learned.push({ row, values });
  }
  if (learned.length === 0) return { notMade: "no row has ids that the source knows, one a feature" };
  const { model: narrow, batch } = narrowModel(model, encoded.batch);
  const spec = { ...narrow.spec, learner: { ...narrow.spec.learner, batchSize: 1 } };
  const learner = plainLearner(loadState({ ...narrow, spec }, encoded.newIds));
  const scores = new Float64Array(rows.rows);
  let [largest, largestMove] = [0, 0];
  const steps: UpdateScores[] = [];
  for (let step = 0; step < UPDATES; step++) {
    const at = learned[step % learned.length];
    if (at === undefined) continue;
    const label = (step + Math.floor(step / learned.length)) % 2 === 1 ? 1 : 0;
    const bound = learner.over(withLabel(batch, at.row, label));
    bound.learn(at.row, at.row + 1);
    bound.score(at.row, at.row + 1, scores);
    const before = reference.score(at.values);
    reference.learn(at.values, label);
    const after = reference.score(at.values);
    const online = scores[at.row] ?? Number.NaN;
    steps.push({ row: at.row, label, before, source: after, online });
    largest = Math.max(largest, Math.abs(online - after));
    largestMove = Math.max(largestMove, Math.abs(after - before));
  }
  return { updates: UPDATES, rows: learned.length, maxAbsoluteDifference: largest, largestMove, steps };
}

/** Error: updates that differ by more than `tolerance` (exit 1). */
export function requireUpdates(report: UpdatesReport, tolerance: number, where: string): void {
  if ("notMade" in report || report.maxAbsoluteDifference <= tolerance) return;
  throw new UnbatchError(
    {
      where,
      found: `scores that differ by ${report.maxAbsoluteDifference} within ${report.updates} updates from the slots as saved`,
      expected: `at most ${tolerance} from the source's optimizer in float64`,
      next: "report this: the two paths of unbatch disagree; --slots fresh converts without the optimizer's memory",
    },
    1,
  );
}

function withLabel(batch: EventBatch, row: number, label: number): EventBatch {
  return { ...batch, label: new Float64Array(batch.rows).fill(label, row, row + 1) };
}

/** An id that gets a row of its own when it is learned, which no source does. */
function hasNewId({ features }: EventBatch, row: number): boolean {
  return [...features.values()].some((column) => column.kind === "rows" && (column.codes[row] ?? 0) < 0);
}

function isPlainValue(value: SourceValue): boolean {
  return typeof value === "object" && !("bag" in value);
}

/** One table of the source as it learns: weights are taken from the tensors when they are first met. */
interface SourceTable {
  at(row: number, k: number): SourceWeight;
  rule: SourceRule;
  steps: number;
}

class SourceLoop {
  readonly #terms: readonly TermSpec[];
  readonly #tables: ReadonlyMap<string, SourceTable>;
  readonly #isLogistic: boolean;

  private constructor(spec: ModelSpec, tables: ReadonlyMap<string, SourceTable>) {
    this.#terms = spec.terms;
    this.#tables = tables;
    this.#isLogistic = spec.learner.link === "logistic";
  }

  /** In words why there is none. */
  static of(source: Source, bound: Bound, { spec, tensors }: OnlineModel): SourceLoop | string {
    const { scale, shift } = bound.calibration;
    if (isPairwise(spec.learner.link)) return `the link is ${spec.learner.link}`;
    const other = spec.terms.find((term) => !hasSourceGradient(term));
    if (other !== undefined) return `the model has a ${other.kind} term`;
    if (scale !== 1 || shift !== 0) return "the scores are calibrated";
    if (bound.norms.length > 0) return "BatchNorm is folded into the layers";
    const tables = new Map<string, SourceTable>();
    for (const table of bound.tables) {
      const place = { name: table.table, term: table.term, kind: tableKind(table) };
      const optimizer = optimizerOf(spec.learner.optimizers, place);
      const made = optimizer === undefined ? "no optimizer" : sourceTable(source, table, optimizer);
      if (typeof made === "string") return `${table.table}: ${made}`;
      tables.set(table.table, {
        ...made,
        steps: Number(tensors.get(`${table.table}/${STEPS}`)?.values()[0] ?? 0),
      });
    }
    const shapes = spec.terms.flatMap((term) => tableShapes(term, spec));
    const ofLayers = shapes.reduce(
      (sum, { rows, width }) => sum + (typeof rows === "number" ? rows * width : 0),
      0,
    );
    if (ofLayers > MOST_LAYER_WEIGHTS)
      return `its layers have ${ofLayers} weights, and at most ${MOST_LAYER_WEIGHTS} are visited one by one`;
    const lacking = shapes.find(({ name }) => !tables.has(name));
    return lacking === undefined
      ? new SourceLoop(spec, tables)
      : `the source has no ${lacking.name}, and the model one`;
  }

  score(values: ReadonlyMap<string, SourceValue>): number {
    return this.#terms.reduce((sum, term) => sum + scoreAndSlopes(term, values, this.#weight).score, 0);
  }

  learn(values: ReadonlyMap<string, SourceValue>, label: number): void {
    const parts = this.#terms.map((term) => scoreAndSlopes(term, values, this.#weight));
    const score = parts.reduce((sum, part) => sum + part.score, 0);
    const error = (this.#isLogistic ? 1 / (1 + Math.exp(-score)) : score) - label;
    // All gradients at the weights before, those of one weight together.
    const gradients = new Map<SourceWeight, { gradient: number; table: SourceTable }>();
    for (const { table: name, row, k, slope } of parts.flatMap(({ slopes }) => slopes)) {
      const table = this.#tables.get(name);
      if (table === undefined) continue;
      const of = table.at(row, k);
      gradients.set(of, { gradient: (gradients.get(of)?.gradient ?? 0) + error * slope, table });
    }
    for (const table of new Set([...gradients.values()].map((one) => one.table))) table.steps += 1;
    for (const [of, { gradient, table }] of gradients) table.rule(of, gradient, table.steps);
  }

  readonly #weight = (table: string, row: number, k: number): number =>
    this.#tables.get(table)?.at(row, k).weight ?? Number.NaN;
}

function sourceTable(
  source: Source,
  table: BoundTable,
  optimizer: OptimizerSpec,
): Pick<SourceTable, "at" | "rule"> | string {
  const rule = sourceRule(optimizer, tableKind(table) === "dense");
  if (typeof rule === "string") return rule;
  const saved = source.checkpoint.slots.find(({ tensor }) => tensor === table.tensor);
  const slots = (sourceSlots[optimizer.kind] ?? []).map((pattern) => slotNamed(saved?.slots, pattern));
  if (saved?.optimizer !== optimizer.kind || slots.includes(undefined))
    return `the checkpoint has no ${optimizer.kind} slots for it`;
  if (table.order !== undefined || table.sign !== undefined)
    return "its rows stand in another order in the source";
  const weights = sourceReader(source, table);
  const elements = slots.map((slot) => elementsIn(slot, table));
  const met = new Map<number, SourceWeight>();
  const inputs = source.checkpoint.tensors.get(table.tensor)?.shape[1] ?? 0;
  return {
    rule,
    at(row, k) {
      const from = table.firstRow + row;
      const place = table.layout === "transposed" ? k * inputs + from : from * table.width + k;
      const of = met.get(place) ?? {
        weight: weights.at(row, k),
        slots: elements.map((slot) => slot(place)),
      };
      met.set(place, of);
      return of;
    },
  };
}

function slotNamed(slots: ReadonlyMap<string, Tensor> | undefined, pattern: RegExp): Tensor | undefined {
  return [...(slots ?? [])].find(([name]) => pattern.test(name.split(/[./]/).at(-1) ?? name))?.[1];
}
