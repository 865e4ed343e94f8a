import type { Config } from "../config/config.js";
import { UnbatchError } from "../core/errors.js";
import type { Link, TermSpec } from "../core/model-spec.js";
import type { TableKind } from "../core/optimizer-spec.js";
import type { Tensor } from "../core/tensor.js";
import type { BoundLeaves } from "./bind-leaves.js";
import type { Calibration } from "./calibration.js";
import type { Checkpoint } from "./checkpoint.js";
import { isLayerRole, type Recognised, type Role } from "./families/family.js";
import type { BatchNormalisation } from "./graph.js";
import type { SeenBefore } from "./rescale.js";

/** id -> row of the source's tables. */
export type VocabularyRows = ReadonlyMap<string, number>;

/** One table of the online model and the stretch of a source tensor that it comes from. */
export interface BoundTable {
  /** As in model.json (see tableName). */
  table: string;
  term: string;
  role: string;
  tensor: string;
  layout: Role["layout"];
  /** First row of the stretch, counted in rows of the online table's kind. */
  firstRow: number;
  rows: number;
  width: number;
  /** The weight is taken with the other sign. */
  sign?: -1;
  /** The source's row of each row, where they stand in another order. */
  order?: readonly number[];
  /** The categorical feature whose ids the rows are; absent for a bias, a layer and a dense feature's weight. */
  feature?: string;
}

/** A bias or a layer takes part in every event; other tables are rows. */
export function tableKind({ role }: BoundTable): TableKind {
  return role === "bias" || isLayerRole(role) ? "dense" : "rows";
}

/** A recognised checkpoint with each role given to a feature of unbatch.yaml. */
export interface Bound {
  terms: readonly TermSpec[];
  tables: readonly BoundTable[];
  /** What was assumed, in words. */
  assumed: readonly string[];
  /** What the weights are changed by, so that the score is a logit. */
  calibration: Calibration;
  /** The calibrated bias, where no tensor holds one. */
  bias?: number;
  /** The link of the source's training, where it tells. */
  link?: Link;
  /** Of boosted trees, which have no tensors. */
  leaves?: BoundLeaves;
  /** BatchNorm that goes into the layers beside it. */
  norms: readonly BoundNorm[];
  /** Of a DLRM: the source's order of what the upper layers read. */
  layout?: SourceLayout;
}

/** One BatchNorm of the source and the layer that takes it in. */
export interface BoundNorm {
  /** The layer's tables. */
  kernel: string;
  bias: string;
  term: string;
  /** Of what enters the layer, or of what leaves it before its activation. */
  side: "in" | "out";
  /** The first input that it normalises, in the source's order; 0 for `out`. */
  first: number;
  width: number;
  tensors: BatchNormalisation & { epsilon: number };
}

/** Of a DLRM, in the source's order. */
export interface SourceLayout {
  /** Features; `undefined` is the vector of the numbers. */
  vectors: readonly (string | undefined)[];
  /** Places among `vectors`. */
  pairs: readonly (readonly [number, number])[];
  /** `vectors`: those of the features. */
  above: readonly ("dense" | "products" | "vectors")[];
}

/** Everything that the steps after recognition share. */
export interface Source {
  checkpoint: Checkpoint;
  recognised: Recognised;
  config: Config;
  /** id -> row by feature, of every feature with a vocabulary encoder. */
  vocabularies: ReadonlyMap<string, VocabularyRows>;
  /** The checkpoint's path, for messages. */
  where: string;
  /** Where a log from before the cut-off was given. */
  seen?: SeenBefore;
}

/** Terms and tables that one kind of role makes. */
export interface BoundTerms {
  terms: TermSpec[];
  tables: BoundTable[];
  assumed?: string[];
  norms?: BoundNorm[];
  layout?: SourceLayout;
}

/** The tensor of a role. Error: it is not of the shape that the role calls for. */
export function tensorOfShape(
  { checkpoint, where }: Source,
  { role, tensor: name }: Role,
  expected: readonly (readonly number[])[],
  why: string,
): Tensor {
  const tensor = checkpoint.tensors.get(name);
  if (tensor === undefined) throw new TypeError(`recognised a tensor that is not there: ${name}`);
  const same = (shape: readonly number[]): boolean =>
    shape.length === tensor.shape.length && shape.every((size, axis) => size === tensor.shape[axis]);
  if (expected.some(same)) return tensor;
  throw new UnbatchError({
    where: `${where}, tensor ${name}`,
    found: `shape [${tensor.shape.join(", ")}] as ${role}`,
    expected: `${expected.map((shape) => `[${shape.join(", ")}]`).join(" or ")} (${why})`,
    next: "correct the feature's encoder, or the tensor's role under checkpoint.tensors, in unbatch.yaml",
  });
}

/** Error: two tensors for one table. */
export function refuseTwice({ where }: Source, tables: readonly BoundTable[]): void {
  const seen = new Map<string, BoundTable>();
  for (const table of tables) {
    const before = seen.get(table.table);
    seen.set(table.table, table);
    if (before === undefined) continue;
    throw new UnbatchError({
      where,
      found: `two tensors for ${table.table}: ${before.tensor} and ${table.tensor}`,
      expected: "one tensor for each term and feature",
      next: "say which under checkpoint.tensors of unbatch.yaml",
    });
  }
}
