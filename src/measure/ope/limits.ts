/** Where an off-policy estimate is refused. */
export interface Limits {
  /** The least effective sample size. */
  effectiveSampleSize: number;
  /** The least effective number of rewarded rows: a sample can be large and have seen no reward of the target's. */
  effectivePositives: number;
  /** How many of its standard errors the mean weight may be off 1. */
  meanWeightErrors: number;
}

export const defaultLimits: Limits = {
  effectiveSampleSize: 100,
  effectivePositives: 20,
  meanWeightErrors: 3,
};
