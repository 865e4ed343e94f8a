import type { Figure } from "../core/figure.js";
import type { TableStability } from "../measure/stability/table-stability.js";

/** What counts as having moved: a median angle in degrees, a median relative displacement, a growth of lengths. */
const MUCH_ANGLE_DEGREES = 5;
const MUCH_DISPLACEMENT = 0.05;
const MUCH_GROWTH = 0.05;

/** What publishing the second model breaks for those who still hold vectors of the first; one sentence each. */
export function downstreamWords(table: string, stability: TableStability): string[] {
  const { shareUntouched, neighbourOverlap, normGrowth, moved, movedAfterAlignment } = stability;
  const untouched = valueIn(shareUntouched);
  if (untouched === undefined) return [`${table}: the models share no id of it, so nothing can be said`];
  if (untouched === 1) return [`${table}: no vector moved: what was built on the first model stays right`];
  const words: string[] = [];
  const say = (sentence: string): void => {
    words.push(`${table}: ${sentence}`);
  };

  const overlap = valueIn(neighbourOverlap);
  if (overlap !== undefined && overlap < 1) {
    say(
      `${percent(1 - overlap)} of nearest neighbours are others: an index built on the first model's vectors is that much out of date; rebuild it when the second is published`,
    );
  }
  const angle = valueIn(moved.angleDegrees.median) ?? 0;
  if (angle > MUCH_ANGLE_DEGREES) {
    const left =
      "refused" in movedAfterAlignment ? undefined : valueIn(movedAfterAlignment.angleDegrees.median);
    const turned = left === undefined ? "" : `, ${degrees(left)} when the space is turned back as a whole`;
    say(
      `vectors point elsewhere (median ${degrees(angle)}${turned}): never search an index of one model with a query of the other; publish both sides at once`,
    );
  }
  const displacement = valueIn(moved.relativeNorm.median) ?? 0;
  if (displacement > MUCH_DISPLACEMENT) {
    say(
      `a second model that reads these vectors finds them moved by ${percent(displacement)} of their length (median): retrain it on the new ones, or feed it the old ones until then`,
    );
  }
  const growth = valueIn(normGrowth);
  if (growth !== undefined && Math.abs(growth - 1) > MUCH_GROWTH) {
    say(
      `vectors are ${growth.toFixed(2)} times as long: thresholds on inner products, quantisers and index parameters that were fitted to the old lengths no longer fit`,
    );
  }
  if (untouched > 0) {
    say(
      `${percent(untouched)} of the rows did not change while others did: the less is learned of an id, the older the space that its vector belongs to`,
    );
  }
  if (words.length === 0) say("vectors moved, but too little to break what was built on the first model");
  return words;
}

function valueIn(figure: Figure): number | undefined {
  return "refused" in figure ? undefined : figure.value;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function degrees(angle: number): string {
  return `${angle.toFixed(1)} degrees`;
}
