import type { Activation } from "../../core/model-spec.js";
import { type Arithmetic, activate, plainNumbers } from "./arithmetic.js";

/** A number and, after `backwards`, d result / d this number. */
export interface Traced {
  readonly value: number;
  slope: number;
}

/**
 * Arithmetic that remembers what each number was made of, so that the gradient of any score is there without a formula of
 * its own: reverse accumulation (Griewank and Walther 2008, section 3.2). One tape an evaluation.
 */
export class Tape implements Arithmetic<Traced> {
  readonly #back: (() => void)[] = [];

  constant(value: number): Traced {
    return { value, slope: 0 };
  }

  sum(numbers: readonly Traced[]): Traced {
    const made = this.constant(plainNumbers.sum(numbers.map(({ value }) => value)));
    this.#back.push(() => {
      for (const number of numbers) number.slope += made.slope;
    });
    return made;
  }

  inner(left: readonly Traced[], right: readonly Traced[], offset: Traced = this.constant(0)): Traced {
    const values = (of: readonly Traced[]): number[] => of.map(({ value }) => value);
    const made = this.constant(plainNumbers.inner(values(left), values(right), offset.value));
    this.#back.push(() => {
      offset.slope += made.slope;
      for (const [at, number] of left.entries()) {
        const other = right[at];
        if (other === undefined) continue;
        number.slope += made.slope * other.value;
        other.slope += made.slope * number.value;
      }
    });
    return made;
  }

  activated(activation: Activation, x: Traced): Traced {
    const made = this.constant(activate(activation, x.value));
    this.#back.push(() => {
      x.slope += made.slope * steepness(activation, x.value);
    });
    return made;
  }

  /** The slopes of all that `result`, the last that was made, was made of. */
  backwards(result: Traced): void {
    result.slope = 1;
    for (const step of this.#back.toReversed()) step();
  }
}

/** The derivative of an activation; of those with a corner, at it that of the left side. */
function steepness(activation: Activation, x: number): number {
  switch (activation) {
    case "linear":
      return 1;
    case "relu":
      return x > 0 ? 1 : 0;
    case "leaky_relu":
      return x > 0 ? 1 : 0.01;
    case "elu":
      return x > 0 ? 1 : Math.exp(x);
    case "tanh":
      return 1 - Math.tanh(x) ** 2;
    case "sigmoid":
      return activate("sigmoid", x) * (1 - activate("sigmoid", x));
    case "softplus":
      return activate("sigmoid", x);
  }
}
