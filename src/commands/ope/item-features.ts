import { UnbatchError } from "../../core/errors.js";
import type { FeatureSpec, ModelSpec } from "../../core/model-spec.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import type { LoggedEvents } from "../../measure/ope/events.js";
import type { FeatureColumn } from "../../model/batch.js";
import { createEncoder } from "../../model/encoders/encoder.js";
import type { EventLog } from "../../replay/events.js";

/** The code or value that a feature has for a candidate, where it differs from the logged row's. */
export interface ItemFeature {
  name: string;
  column: FeatureColumn;
  /** The row whose value an item has; -1 where none is known. */
  source: { kind: "item"; byItem: Int32Array | Float64Array; known: Uint8Array } | { kind: "latest row" };
}

/**
 * The features of a model that change with the item: those of the item's own column, and those named as its attributes,
 * which a candidate has from its latest row before. Errors: a model with a logged score of the shown item alone; one
 * that reads nothing of the item.
 */
export function itemFeatures(
  { spec, vocabularies }: { spec: ModelSpec; vocabularies: ReadonlyMap<string, Vocabulary> },
  log: EventLog,
  { item }: LoggedEvents,
  columns: { item: string; attributes: readonly string[] },
): ItemFeature[] {
  const offset = spec.terms.find(({ kind }) => kind === "offset");
  if (offset !== undefined) {
    throw new UnbatchError({
      found: `a model with a logged score (term ${offset.name}): the log has it for the shown item alone`,
      expected: "a model that can score every candidate",
      next: "write the policy's probabilities to a table and give --policy-table",
    });
  }
  const unread = columns.attributes.find((name) => spec.features.every(({ column }) => column !== name));
  if (unread !== undefined) {
    throw new UnbatchError({
      found: `--item-columns ${unread}, which the model does not read`,
      expected: `some of ${spec.features.map(({ column }) => column).join(", ")}`,
      next: "name the model's columns that describe the item",
    });
  }
  const features = spec.features.flatMap((feature): ItemFeature[] => {
    const column = log.events.features.get(feature.name);
    if (column === undefined) return [];
    if (feature.column === columns.item) {
      if (column.kind === "bags") throw weightedItem(feature);
      const newIds = log.newIds.get(feature.name)?.length ?? 0;
      const source = {
        kind: "item",
        ...valuesByItem(feature, vocabularies, { column, newIds }, item),
      } as const;
      return [{ name: feature.name, column, source }];
    }
    if (!columns.attributes.includes(feature.column)) return [];
    return [{ name: feature.name, column, source: { kind: "latest row" } }];
  });
  if (features.length > 0) return features;
  throw new UnbatchError({
    found: `a model that reads nothing of the item (${columns.item}): every candidate would have one score`,
    expected: "a feature on the item's column, or --item-columns",
    next: "name the columns that describe the item: --item-columns a,b",
  });
}

function weightedItem({ name, column }: FeatureSpec): UnbatchError {
  return new UnbatchError({
    found: `feature ${name}, which weighs the item's column ${column}: what would a candidate's weight be?`,
    expected: "a feature of the item's id alone",
    next: "write the policy's probabilities to a table and give --policy-table",
  });
}

/** An item of the log has the code that its rows have; another is encoded as if it were new. */
function valuesByItem(
  feature: FeatureSpec,
  vocabularies: ReadonlyMap<string, Vocabulary>,
  { column, newIds }: { column: Exclude<FeatureColumn, { kind: "bags" }>; newIds: number },
  { ids, codes }: LoggedEvents["item"],
): { byItem: Int32Array | Float64Array; known: Uint8Array } {
  const encoder = createEncoder(feature, vocabularies.get(feature.name));
  if (encoder.kind === "bags")
    throw new TypeError(`feature ${feature.name} is a bag without one in its batch`);
  const byItem = column.kind === "rows" ? new Int32Array(ids.length) : new Float64Array(ids.length);
  const rejections = new Uint8Array(ids.length);
  const texts = { kind: "text", distinct: ids, codes: Int32Array.from(ids, (_, at) => at) } as const;
  encoder.encode(texts, ids.length, byItem, 0, rejections);
  if (column.kind === "rows") {
    // Codes below 0 number the new ids of one reading: beyond the log's own they stand for none of them.
    for (let at = 0; at < byItem.length; at++) {
      const code = byItem[at] ?? 0;
      if (code < 0) byItem[at] = code - newIds;
    }
  }
  const ofRows = column.kind === "rows" ? column.codes : column.values;
  codes.forEach((code, row) => {
    if (code >= 0) byItem[code] = ofRows[row] ?? 0;
  });
  return { byItem, known: rejections.map((reason) => (reason === 0 ? 1 : 0)) };
}
