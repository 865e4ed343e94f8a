/** What a feature store would say of an id: its rate of clicks so far, (clicks + 1) / (rows + 10), before the row itself. */

/** Of `ids` ids of one column. */
export function ratesSoFar(ids) {
  const clicks = new Int32Array(ids);
  const rows = new Int32Array(ids);
  return {
    of: (id) => Math.round(((clicks[id] + 1) / (rows[id] + 10)) * 1e6) / 1e6,
    learn(id, label) {
      clicks[id] += label;
      rows[id] += 1;
    },
  };
}
