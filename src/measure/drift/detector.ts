/**
 * Watches one number after another (a loss, a label, a score) for a change of its distribution. `state` is plain data
 * of finite numbers: written as JSON and given back, the detector goes on to the bit.
 */
export interface Detector<State = unknown> {
  readonly state: State;
  /** One value; true when drift is detected with it. Throws on NaN and infinities: they are set aside before. */
  update(value: number): boolean;
  /** The same of many, from `from` on and up to the first with which drift is detected: its place, or their number. */
  scan(values: Float64Array, from: number): number;
}

/** One value of a detector that is made for many. */
export function updateByScan(scan: Detector["scan"]): Detector["update"] {
  const one = new Float64Array(1);
  return (value) => {
    one[0] = value;
    return scan(one, 0) === 0;
  };
}

/** Many values of a detector that is made for one. */
export function scanByUpdate(update: Detector["update"]): Detector["scan"] {
  return (values, from) => {
    let at = from;
    while (at < values.length && !update(values[at] ?? Number.NaN)) at++;
    return at;
  };
}

/** One NaN would silence a detector for good. */
export function requireFinite(value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`a drift detector was given ${value}`);
}
