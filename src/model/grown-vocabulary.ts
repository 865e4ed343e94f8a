import { packTexts, TextList } from "../core/text-list.js";
import type { Vocabulary } from "../core/vocabulary.js";
import type { FeatureRows } from "./feature-rows.js";

/** The vocabulary, and behind it the new ids that have a row by now. */
export function grownVocabulary(vocabulary: Vocabulary | undefined, rows: FeatureRows): Vocabulary {
  const texts = new TextList();
  if (vocabulary !== undefined) texts.append(vocabulary.packed ?? packTexts(vocabulary.ids));
  const known = texts.length;
  const added = rows.newIdsInRowOrder();
  const { newIds } = rows;
  for (const index of added) texts.push(newIds.bytes, newIds.startOf(index), newIds.endOf(index));
  const rowOf = new Int32Array(texts.length);
  if (vocabulary !== undefined) rowOf.set(vocabulary.rows);
  added.forEach((index, at) => {
    rowOf[known + at] = rows.rowOf(-1 - index);
  });
  const before = vocabulary?.counts;
  const counts = Float64Array.from(rowOf, (row, index) => (before?.[index] ?? 0) + (rows.counts[row] ?? 0));
  return {
    get ids() {
      return texts.strings();
    },
    packed: texts.view(),
    rows: rowOf,
    counts,
  };
}
