import type { Checkpoint } from "../../../src/convert/checkpoint.js";

/** A framework's rule for one number: weight, slots, gradient, update (from 1) -> weight, slots. */
export type Rule = (w: number, slots: readonly number[], g: number, t: number) => [number, number[]];

/** Numbers of a layer or of rows, and how to take back d loss / d them. */
export interface Made {
  y: number[];
  back(slopes: readonly number[]): void;
}

/** One tensor of the source as it learns, in plain float64 loops that share nothing with src. */
export class Parameter {
  readonly weights: Float64Array;
  readonly #slots: Float64Array[];
  readonly #gradient: Float64Array;
  readonly #touched = new Set<number>();
  readonly #rule: Rule;
  /** Of rows of so many numbers, those alone learn that an event touches; else all do. */
  readonly #lazyWidth: number | undefined;
  #steps: number;

  constructor(
    weights: ArrayLike<number>,
    slots: readonly ArrayLike<number>[],
    { rule, steps, lazyWidth }: { rule: Rule; steps: number; lazyWidth?: number | undefined },
  ) {
    this.weights = Float64Array.from(weights);
    this.#slots = slots.map((values) => Float64Array.from(values));
    this.#gradient = new Float64Array(weights.length);
    [this.#rule, this.#steps, this.#lazyWidth] = [rule, steps, lazyWidth];
  }

  add(at: number, slope: number): void {
    this.#gradient[at] = (this.#gradient[at] ?? 0) + slope;
    this.#touched.add(Math.floor(at / (this.#lazyWidth ?? 1)));
  }

  update(): void {
    this.#steps += 1;
    this.weights.forEach((w, at) => {
      if (this.#lazyWidth !== undefined && !this.#touched.has(Math.floor(at / this.#lazyWidth))) return;
      const own = this.#slots.map((slot) => slot[at] ?? Number.NaN);
      const [moved, kept] = this.#rule(w, own, this.#gradient[at] ?? 0, this.#steps);
      this.weights[at] = moved;
      this.#slots.forEach((slot, index) => {
        slot[at] = kept[index] ?? Number.NaN;
      });
    });
    this.#gradient.fill(0);
    this.#touched.clear();
  }
}

export function row(of: Parameter, at: number, width: number): Made {
  const from = at * width;
  return {
    y: Array.from(of.weights.subarray(from, from + width)),
    back(slopes) {
      for (const [k, slope] of slopes.entries()) of.add(from + k, slope);
    },
  };
}

/** x W + b, relu where it says so; `place`: where W has input i and unit j. Takes back into `below`. */
export function layer(
  below: Made,
  [kernel, bias]: readonly [Parameter, Parameter],
  place: (i: number, j: number) => number,
  isRelu: boolean,
): Made {
  const sums = Array.from(bias.weights, (b, j) =>
    below.y.reduce((sum, x, i) => sum + x * (kernel.weights[place(i, j)] ?? 0), b),
  );
  return {
    y: sums.map((sum) => (isRelu ? Math.max(sum, 0) : sum)),
    back(slopes) {
      const own = slopes.map((slope, j) => (isRelu && (sums[j] ?? 0) <= 0 ? 0 : slope));
      const through = below.y.map((_, i) =>
        own.reduce((sum, slope, j) => sum + slope * (kernel.weights[place(i, j)] ?? 0), 0),
      );
      for (const [j, slope] of own.entries()) {
        bias.add(j, slope);
        for (const [i, x] of below.y.entries()) kernel.add(place(i, j), slope * x);
      }
      below.back(through);
    },
  };
}

export function beside(parts: readonly Made[]): Made {
  return {
    y: parts.flatMap(({ y }) => y),
    back(slopes) {
      let from = 0;
      for (const { y, back } of parts) {
        back(slopes.slice(from, from + y.length));
        from += y.length;
      }
    },
  };
}

export function tensorIn({ tensors }: Checkpoint, name: string): Float64Array {
  return Float64Array.from(tensors.get(name)?.values() ?? [], Number);
}

export function slotIn({ slots }: Checkpoint, name: string, slot: string): Float64Array {
  const saved = slots.find(({ tensor }) => tensor === name)?.slots.get(slot);
  return Float64Array.from(saved?.values() ?? [], Number);
}
