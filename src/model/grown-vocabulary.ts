import { isWhole } from "../core/gather.js";
import { packTexts, TextList } from "../core/text-list.js";
import type { Vocabulary } from "../core/vocabulary.js";
import type { FeatureRows } from "./feature-rows.js";

/** The vocabulary, and behind it the new ids that have a row by now. */
export function grownVocabulary(vocabulary: Vocabulary | undefined, rows: FeatureRows): Vocabulary {
  const added = rows.newIdsInRowOrder();
  const { newIds } = rows;
  const known = vocabulary?.rows.length ?? 0;
  const texts = known === 0 && isWhole(added, newIds.length) ? newIds : textsOf(vocabulary, added, newIds);
  const rowOf = new Int32Array(texts.length);
  if (vocabulary !== undefined) rowOf.set(vocabulary.rows);
  added.forEach((index, at) => {
    rowOf[known + at] = rows.rowOf(-1 - index);
  });
  const before = vocabulary?.counts;
  // A loop: Float64Array.from gathers all of them in an array of objects first.
  const counts = new Float64Array(rowOf.length);
  for (let index = 0; index < counts.length; index++)
    counts[index] = (before?.[index] ?? 0) + (rows.counts[rowOf[index] ?? 0] ?? 0);
  return {
    get ids() {
      return texts.strings();
    },
    packed: texts.view(),
    rows: rowOf,
    counts,
  };
}

/** A copy: the ids that were there, then the new ones in the order of their rows. */
function textsOf(vocabulary: Vocabulary | undefined, added: Int32Array, newIds: TextList): TextList {
  const texts = new TextList();
  if (vocabulary !== undefined) texts.append(vocabulary.packed ?? packTexts(vocabulary.ids));
  for (const index of added) texts.push(newIds.bytes, newIds.startOf(index), newIds.endOf(index));
  return texts;
}
