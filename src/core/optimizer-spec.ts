/** How the weights of one term learn, as plain data. A setting that is absent is off. */
export type OptimizerSpec =
  /** w -= rate_t (g + l2 w), touched rows only; dense tensors: m = momentum m + g + l2 w, w -= rate_t m. */
  | (StepSettings & {
      kind: "sgd";
      l2: number;
      l1?: number | undefined;
      /** rate, or rate / sqrt(t); absent: constant. */
      schedule?: "constant" | "inverse-sqrt" | undefined;
      /** Of dense tensors (layers, biases) alone; absent: 0. */
      momentum?: number | undefined;
      rateFloor?: number | undefined;
    })
  /** n += g^2; w -= rate * g / (sqrt(n) + epsilon), or / sqrt(n + epsilon) when inside (Duchi et al. 2011). */
  | (AdagradSettings & { kind: "adagrad" })
  /** One n a row: n += mean over the row of g^2 (TorchRec, FBGEMM: EXACT_ROWWISE_ADAGRAD). */
  | (AdagradSettings & { kind: "rowwise-adagrad" })
  /** McMahan et al. 2013, algorithm 1; `rate` is alpha, l2 counted once. */
  | {
      kind: "ftrl";
      rate: number;
      beta: number;
      l1: number;
      l2: number;
      initialAccumulator: number;
      clipNorm?: number | undefined;
    }
  /**
   * Kingma and Ba 2015, with the number of updates t in the bias corrections. `lazy`: of tables, rows with a gradient
   * alone (torch.optim.SparseAdam); `dense`: every row at every update (torch.optim.Adam). Dense tensors are always so.
   */
  | (StepSettings & {
      kind: "adam";
      beta1: number;
      beta2: number;
      epsilon: number;
      touch: "lazy" | "dense";
      /**
       * What corrects the moments' bias: each of them, epsilon after it (torch.optim.Adam), or the rate, epsilon beside the
       * root of v (TensorFlow, Keras, torch.optim.SparseAdam). Absent: `rate` for lazy rows, `moments` for the rest.
       */
      correction?: "moments" | "rate" | undefined;
      l2: number;
    })
  | { kind: "frozen" };

/** Settings of every rule that takes a step along the gradient. t counts updates from 1. */
interface StepSettings {
  rate: number;
  /** Steps are shortened to t / warmUpSteps of their length until then. */
  warmUpSteps?: number | undefined;
  /** The gradient of a row is scaled down to this Euclidean norm where it is longer, before l2 joins it. */
  clipNorm?: number | undefined;
}

interface AdagradSettings extends StepSettings {
  initialAccumulator: number;
  epsilon: number;
  epsilonPlacement: "outside" | "inside";
  l2: number;
  /** Soft threshold after each step, by the step's own rate. */
  l1?: number | undefined;
  /** The effective rate does not decay below this. */
  rateFloor?: number | undefined;
}

/** Rows that few events touch, or a tensor that every event has a part in (layers, biases). */
export type TableKind = "rows" | "dense";
