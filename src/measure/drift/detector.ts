/**
 * Watches one number after another (a loss, a label, a score) for a change of its distribution. `state` is plain data
 * of finite numbers: written as JSON and given back, the detector goes on to the bit.
 */
export interface Detector<State = unknown> {
  readonly state: State;
  /** One value; true when drift is detected with it. Throws on NaN and infinities: they are set aside before. */
  update(value: number): boolean;
}

/** One NaN would silence a detector for good. */
export function requireFinite(value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`a drift detector was given ${value}`);
}
