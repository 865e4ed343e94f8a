/** Who and what the events of bench/log are of: ids with long tails, and the columns that belong to them. */

const HOUR_MICROS = 3600e6;
const DAY_MICROS = 86_400e6;

/**
 * `draw` gives ids whose shares fall as rank^-tail; ranks are shuffled, so that an id says nothing of its share, which is
 * `share[id]`.
 */
export function entity(random, size, tail) {
  const cumulated = new Float64Array(size);
  let sum = 0;
  for (let rank = 0; rank < size; rank++) {
    sum += (rank + 1) ** -tail;
    cumulated[rank] = sum;
  }
  const ids = Int32Array.from({ length: size }, (_, id) => id);
  for (let at = size - 1; at > 0; at--) {
    const other = Math.floor(random.uniform() * (at + 1));
    [ids[at], ids[other]] = [ids[other], ids[at]];
  }
  const share = new Float64Array(size);
  ids.forEach((id, rank) => {
    share[id] = (rank + 1) ** -tail / sum;
  });
  const draw = () => {
    const target = random.uniform() * sum;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulated[middle] < target) low = middle + 1;
      else high = middle;
    }
    return ids[low];
  };
  return { size, share, draw };
}

/**
 * A column of the user's, the item's, the impression's own (`row`) or the clock's (`time`), with a text and a part of the
 * logit for each of its ids. Without a size, its ids are the owner's. `ofOwner`: an owner's id of this column.
 */
export function column(random, { user, item }, { of, prefix, size, tail, effect, name }) {
  const owner = of === "user" ? user : item;
  const isKey = size === undefined;
  const own = isKey ? owner : entity(random, size, tail);
  const belongs =
    isKey || of === "row" || of === "time" ? [] : Int32Array.from({ length: owner.size }, own.draw);
  const ofOwner = (id) => (isKey ? id : belongs[id]);
  const idOf = {
    user: (userId) => ofOwner(userId),
    item: (_, itemId) => ofOwner(itemId),
    row: () => own.draw(),
    time: (_, __, micros) =>
      name === "hour" ? Math.floor(micros / HOUR_MICROS) % 24 : Math.floor(micros / DAY_MICROS) % 7,
  }[of];
  return {
    ...{ name, of, idOf, ofOwner },
    texts: Array.from({ length: own.size }, (_, id) => `${prefix}${id}`),
    effects: Float64Array.from({ length: own.size }, () => effect * random.normal()),
  };
}
