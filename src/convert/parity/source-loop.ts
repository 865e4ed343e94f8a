import { isPairwise, type OptimizerSpec } from "../../core/model-spec.js";
import { optimizerOf, tableShapes } from "../../core/table-shapes.js";
import type { Tensor } from "../../core/tensor.js";
import { STEPS } from "../../model/load.js";
import type { OnlineModel } from "../../model/model.js";
import { type Bound, type BoundTable, type Source, tableKind } from "../bound.js";
import { plainNumbers } from "./arithmetic.js";
import type { SourceValue } from "./source-encode.js";
import type { SourceReader } from "./source-network.js";
import { type SourceRule, type SourceWeight, sourceRule, sourceSlots } from "./source-rule.js";
import { elementsIn, sourceReader, tensorReader } from "./source-score.js";
import { sourceScore } from "./source-terms.js";
import { Tape, type Traced } from "./traced.js";

/** Each update visits every weight of the layers, one by one. */
const MOST_LAYER_WEIGHTS = 100_000;

/** What each feature is for the source in one row; see sourceEncoder. */
type Values = ReadonlyMap<string, SourceValue>;

/** The source as it would go on learning: its own tensors and slots, in float64. */
export interface SourceLoop {
  score(values: Values): number;
  /** Takes one event. */
  learn(values: Values, label: 0 | 1): void;
}

/** One table as it learns: weights are taken from the tensor when they are first met. */
interface SourceTable {
  at(row: number, k: number): SourceWeight;
  rule: SourceRule;
  steps: number;
}

/**
 * The loop of a converted checkpoint, with the optimizers that `model` has. The score is the source's own and its gradient
 * the tape's: nothing of src/model takes part but its settings. In words why there is none.
 */
export function sourceLoop(
  source: Source,
  bound: Bound,
  { spec, tensors }: OnlineModel,
): SourceLoop | string {
  const { terms, learner } = spec;
  const { scale, shift } = bound.calibration;
  if (bound.leaves !== undefined)
    return "boosted trees have no optimizer to go on with: their leaves learn by the model's own, from its beginning";
  if (isPairwise(learner.link)) return `the link is ${learner.link}`;
  if (scale !== 1 || shift !== 0) return "the scores are calibrated";
  const tables = new Map<string, SourceTable>();
  let learning = 0;
  for (const table of bound.tables) {
    const place = { name: table.table, term: table.term, kind: tableKind(table) };
    const optimizer = optimizerOf(learner.optimizers, place) ?? { kind: "frozen" };
    const made = sourceTable(source, table, optimizer);
    if (typeof made === "string") return `${table.table}: ${made}`;
    if (optimizer.kind !== "frozen") learning += 1;
    const steps = Number(tensors.get(`${table.table}/${STEPS}`)?.values()[0] ?? 0);
    tables.set(table.table, { ...made, steps });
  }
  if (learning === 0) return "nothing of it learns: every optimizer is frozen";
  const shapes = terms.flatMap((term) => tableShapes(term, spec));
  const ofLayers = shapes.reduce(
    (sum, { rows, width }) => sum + (typeof rows === "number" ? rows * width : 0),
    0,
  );
  if (ofLayers > MOST_LAYER_WEIGHTS)
    return `its layers have ${ofLayers} weights, and at most ${MOST_LAYER_WEIGHTS} are visited one by one`;
  const fixed = { norms: bound.norms, tensor: tensorReader(source), layout: bound.layout };
  return {
    score: (values) =>
      sourceScore(terms, values, {
        ...{ ...fixed, numbers: plainNumbers },
        table: (name) => readerOf(tables.get(name), (of) => of.weight),
      }),
    learn(values, label) {
      const tape = new Tape();
      const met = new Map<SourceWeight, { number: Traced; rule: SourceRule; step: number }>();
      const score = sourceScore(terms, values, {
        ...{ ...fixed, numbers: tape },
        table: (name) =>
          readerOf(tables.get(name), (of, { rule, steps }) => {
            const one = met.get(of) ?? { number: tape.constant(of.weight), rule, step: steps + 1 };
            met.set(of, one);
            return one.number;
          }),
      });
      tape.backwards(score);
      const prediction = learner.link === "logistic" ? 1 / (1 + Math.exp(-score.value)) : score.value;
      for (const [of, { number, rule, step }] of met) rule(of, (prediction - label) * number.slope, step);
      for (const table of tables.values()) table.steps += 1;
    },
  };
}

/** Rows with an id that is unknown to the source are not learned from. */
function readerOf<N>(
  table: SourceTable | undefined,
  read: (of: SourceWeight, table: SourceTable) => N,
): SourceReader<N> | undefined {
  if (table === undefined) return undefined;
  const unknown: SourceWeight = { weight: Number.NaN, slots: [] };
  return { at: (row, k) => read(table.at(row, k), table), unknown: () => read(unknown, table) };
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
  if (optimizer.kind !== "frozen") {
    if (saved?.optimizer !== optimizer.kind || slots.includes(undefined))
      return `the checkpoint has no ${optimizer.kind} slots for it`;
    if (table.sign !== undefined) return "its weights are the source's with the other sign";
  }
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
