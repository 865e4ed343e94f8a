import type { ColumnProfile } from "../../replay/column-profile.js";

/** A value for a key of unbatch.yaml and why it was chosen. `isOpen` where a person must choose. */
export interface Guess {
  value: string;
  because: string;
  isOpen: boolean;
}

export interface ColumnGuesses {
  label: Guess;
  /** Columns that the label is made of: never a feature. */
  labelColumns: readonly string[];
  user: Guess | undefined;
  item: Guess | undefined;
  eventId: Guess | undefined;
  group: Guess | undefined;
  propensity: Guess | undefined;
  position: Guess | undefined;
  /** A logged score of the model in production. */
  score: (Guess & { scale: "logit" | "probability" }) | undefined;
}

export interface Told {
  label?: string | undefined;
  user?: string | undefined;
  item?: string | undefined;
}

const names = {
  label: /^(label|click(ed)?|is_?click(ed)?|conver(ted|sion)|purchased?|bought|target|y|engaged|liked?)$/i,
  rating: /(rating|stars|score|grade)/i,
  user: /(user|customer|member|visitor|diner|account|uid)/i,
  item: /(item|movie|product|sku|article|content|restaurant|listing|video|song|ad_?id|document)/i,
  eventId: /^(event|impression|request)_?id$/i,
  group: /(session|slate|query|search)_?(id)?$/i,
  propensity: /(propensity|pscore)/i,
  position: /^(position|rank|slot)$/i,
  score: /(score|logit|prediction|predicted|p_?click|pctr|probability)/i,
} as const;

/** What the columns are, by what the user told, then by name and by values. */
export function guessColumns(columns: readonly ColumnProfile[], told: Told): ColumnGuesses {
  const isId = ({ type }: ColumnProfile): boolean => type === "text" || type === "integer";
  const named = (pattern: RegExp, fits: (column: ColumnProfile) => boolean): Guess | undefined => {
    const column = columns.find((one) => pattern.test(one.name) && fits(one));
    return column && { value: column.name, because: `its name, and ${distinctWords(column)}`, isOpen: false };
  };
  const toldAs = (value: string | undefined): Guess | undefined =>
    value === undefined ? undefined : { value, because: "told", isOpen: false };
  const label = told.label === undefined ? guessLabel(columns) : toldLabel(told.label);
  return {
    ...label,
    user: toldAs(told.user) ?? named(names.user, (column) => isId(column) && column.distinct > 2),
    item: toldAs(told.item) ?? named(names.item, (column) => isId(column) && column.distinct > 2),
    eventId: named(names.eventId, (column) => isId(column) && column.distinct === column.rows),
    group: named(names.group, isId),
    propensity: named(
      names.propensity,
      ({ numbers }) => numbers !== undefined && numbers.min >= 0 && numbers.max <= 1,
    ),
    position: named(names.position, ({ numbers }) => numbers?.areIntegers === true),
    score: guessScore(columns, label.labelColumns),
  };
}

function toldLabel(rule: string): Pick<ColumnGuesses, "label" | "labelColumns"> {
  const words = rule.match(/[A-Za-z_]\w*/g) ?? [];
  return { label: { value: rule, because: "told", isOpen: false }, labelColumns: words };
}

/** A 0/1 column with a telling name; else a rating, cut where about half of the rows are above; else any 0/1 column. */
function guessLabel(columns: readonly ColumnProfile[]): Pick<ColumnGuesses, "label" | "labelColumns"> {
  const binary = columns.filter(isBinary);
  const byName = binary.find(({ name }) => names.label.test(name));
  const rating = columns.find(
    ({ name, counts, numbers }) =>
      names.rating.test(name) && counts !== undefined && numbers?.areIntegers === true,
  );
  const chosen = byName ?? (rating === undefined ? binary[0] : undefined);
  if (chosen !== undefined) {
    const because = `0 or 1, positive in ${share(rateOf(chosen, 1))} of the rows`;
    return {
      label: { value: chosen.name, because, isOpen: byName === undefined },
      labelColumns: [chosen.name],
    };
  }
  if (rating !== undefined) {
    const cut = middleValue(rating);
    const because = `a rating of ${rating.numbers?.min} to ${rating.numbers?.max}; ${share(rateOf(rating, cut))} of the rows are at or above ${cut}`;
    return {
      label: { value: `${rating.name} >= ${cut}`, because, isOpen: true },
      labelColumns: [rating.name],
    };
  }
  const [first] = columns;
  const value = first === undefined ? "label" : `${quoted(first.name)} >= 1`;
  return { label: { value, because: "no column looks like a label", isOpen: true }, labelColumns: [] };
}

function guessScore(columns: readonly ColumnProfile[], taken: readonly string[]): ColumnGuesses["score"] {
  const column = columns.find(
    ({ name, type, numbers }) =>
      type === "float" &&
      numbers !== undefined &&
      names.score.test(name) &&
      !names.propensity.test(name) &&
      !taken.includes(name),
  );
  if (column?.numbers === undefined) return undefined;
  const { min, max } = column.numbers;
  const scale = min >= 0 && max <= 1 ? "probability" : "logit";
  return { value: column.name, because: `numbers of ${min} to ${max}`, isOpen: true, scale };
}

export function isBinary({ counts, type }: ColumnProfile): boolean {
  if (type === "boolean") return true;
  return counts !== undefined && counts.size === 2 && counts.has(0) && counts.has(1);
}

/** The value whose share of rows at or above it is nearest to one half. */
function middleValue(column: ColumnProfile): number {
  const values = [...(column.counts?.keys() ?? [])]
    .filter((value) => typeof value === "number")
    .sort((a, b) => a - b);
  const distance = (value: number): number => Math.abs(rateOf(column, value) - 0.5);
  return values
    .slice(1)
    .reduce((best, value) => (distance(value) < distance(best) ? value : best), values[1] ?? 1);
}

function rateOf({ counts, rows, nulls }: ColumnProfile, from: number): number {
  let above = 0;
  for (const [value, count] of counts ?? []) if (typeof value === "number" && value >= from) above += count;
  return above / Math.max(1, rows - nulls);
}

export function distinctWords({ distinct, isCapped, rows }: ColumnProfile): string {
  return `${isCapped ? "over " : ""}${distinct} distinct values in ${rows} rows`;
}

function share(rate: number): string {
  return `${(100 * rate).toFixed(1)} %`;
}

/** A column in a label rule: as it is where it is an identifier. */
export function quoted(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `column(${JSON.stringify(name)})`;
}
