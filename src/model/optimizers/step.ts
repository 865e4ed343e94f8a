/** The share of a step's length that update number `step` takes: linear up to 1 at `warmUpSteps`. */
export function warmUp(step: number, warmUpSteps: number | undefined): number {
  return warmUpSteps === undefined || step >= warmUpSteps ? 1 : step / warmUpSteps;
}

/** Towards zero by `by`, and no further: the proximal step of an L1 penalty (Duchi and Singer 2009, equation 19). */
export function shrink(weight: number, by: number): number {
  if (by === 0) return weight;
  return Math.abs(weight) <= by ? 0 : weight - Math.sign(weight) * by;
}
