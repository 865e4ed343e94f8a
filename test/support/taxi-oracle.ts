/** The taxi wide & deep model in plain float64 loops, sharing nothing with src but FarmHash. */
import { farmhashFingerprint64 } from "../../src/model/encoders/farmhash.js";

export interface TaxiFeature {
  column: string;
  part: "deep" | "linear";
  encoder: "dense" | "vocabulary" | "bucketize" | "identity";
  mean?: number;
  variance?: number;
  cast?: string | null;
  oov_buckets?: number;
  boundaries?: number[];
  size?: number;
  tensor?: string;
}
export type TaxiRow = Record<string, number | bigint | string | null>;
export type Weights = Map<string, Float64Array>;

/** Everything that learning changes: weights by tensor name; n and z of FTRL; the accumulator of Adagrad. */
export interface TaxiState {
  weights: Weights;
  n: Weights;
  z: Weights;
  accumulator: Weights;
}

const BIAS = "linear/linear_model/bias_weights";
const LAYERS = [
  "dnn/hiddenlayer_0",
  "dnn/hiddenlayer_1",
  "dnn/hiddenlayer_2",
  "dnn/hiddenlayer_3",
  "dnn/logits",
];
const FTRL_RATE = 0.005;
const ADAGRAD_RATE = 0.001;
const f = Math.fround;

export class TaxiOracle {
  readonly state: TaxiState;
  readonly #linear: readonly TaxiFeature[];
  readonly #deep: readonly TaxiFeature[];
  readonly #vocabularies: ReadonlyMap<string, readonly string[]>;

  constructor(
    features: readonly TaxiFeature[],
    state: TaxiState,
    vocabularies: ReadonlyMap<string, readonly string[]>,
  ) {
    this.state = state;
    this.#linear = features.filter(({ part }) => part === "linear");
    this.#deep = features.filter(({ part }) => part === "deep");
    this.#vocabularies = vocabularies;
  }

  logit(row: TaxiRow): number {
    return this.#forward(row).logit;
  }

  /** Learns one row and returns the logit before. */
  learn(row: TaxiRow): number {
    const { logit, layers, codes } = this.#forward(row);
    const g = 1 / (1 + Math.exp(-logit)) - this.label(row);
    const updates: (() => void)[] = [];
    this.#backward(layers, g, updates);
    updates.push(() => this.#ftrl(BIAS, 0, g));
    for (const [tensor, at] of codes) updates.push(() => this.#ftrl(tensor, at, g));
    for (const update of updates) update();
    return logit;
  }

  label(row: TaxiRow): number {
    const tips = f(Number(row["tips"] ?? Number.NaN));
    const fare = f(Number(row["fare"] ?? Number.NaN));
    return tips > f(f(0.2) * fare) ? 1 : 0;
  }

  #forward(row: TaxiRow) {
    const codes = this.#linear.map((feature): [string, number] => [
      feature.tensor ?? "",
      this.#code(feature, row),
    ]);
    let linear = at(this.state.weights, BIAS, 0);
    for (const [tensor, code] of codes) linear += at(this.state.weights, tensor, code);
    const layers: number[][] = [this.#deep.map((feature) => dense(feature, row))];
    LAYERS.forEach((name, index) => {
      const below = layers[index] ?? [];
      const bias = tensor(this.state.weights, `${name}/bias`);
      const kernel = tensor(this.state.weights, `${name}/kernel`);
      const isLast = index === LAYERS.length - 1;
      layers.push(
        Array.from(bias, (start, j) => {
          let sum = start;
          below.forEach((x, i) => {
            sum += x * (kernel[i * bias.length + j] ?? Number.NaN);
          });
          return isLast ? sum : Math.max(0, sum);
        }),
      );
    });
    return { logit: linear + (layers[LAYERS.length]?.[0] ?? 0), layers, codes };
  }

  #backward(layers: number[][], g: number, updates: (() => void)[]): void {
    let deltas = [g];
    for (let index = LAYERS.length - 1; index >= 0; index--) {
      const name = LAYERS[index] ?? "";
      const below = layers[index] ?? [];
      const own = deltas;
      const units = own.length;
      updates.push(() => {
        this.#adagrad(`${name}/bias`, own);
        this.#adagrad(
          `${name}/kernel`,
          below.flatMap((x) => own.map((delta) => x * delta)),
        );
      });
      const kernel = tensor(this.state.weights, `${name}/kernel`);
      deltas = below.map((x, i) => {
        let sum = 0;
        own.forEach((delta, j) => {
          sum += delta * (kernel[i * units + j] ?? Number.NaN);
        });
        return x > 0 ? sum : 0;
      });
    }
  }

  #adagrad(name: string, gradients: readonly number[]): void {
    const weights = tensor(this.state.weights, name);
    const accumulators = tensor(this.state.accumulator, name);
    gradients.forEach((g, index) => {
      if (g === 0) return;
      const n = (accumulators[index] ?? Number.NaN) + g * g;
      accumulators[index] = n;
      weights[index] = (weights[index] ?? Number.NaN) - (ADAGRAD_RATE * g) / Math.sqrt(n);
    });
  }

  /** No regularisation and beta 0: w = -z rate / sqrt(n). */
  #ftrl(tensor: string, index: number, g: number): void {
    const before = at(this.state.n, tensor, index);
    const n = before + g * g;
    const sigma = (Math.sqrt(n) - Math.sqrt(before)) / FTRL_RATE;
    const z = at(this.state.z, tensor, index) + g - sigma * at(this.state.weights, tensor, index);
    put(this.state.n, tensor, index, n);
    put(this.state.z, tensor, index, z);
    put(this.state.weights, tensor, index, (-z * FTRL_RATE) / Math.sqrt(n));
  }

  #code(feature: TaxiFeature, row: TaxiRow): number {
    const value = row[feature.column];
    if (feature.encoder === "vocabulary") {
      const words = this.#vocabularies.get(feature.column) ?? [];
      const text = String(value ?? "");
      const known = words.indexOf(text);
      if (known >= 0) return known;
      return (
        words.length + Number(farmhashFingerprint64(Buffer.from(text)) % BigInt(feature.oov_buckets ?? 1))
      );
    }
    const number = Number(value ?? 0);
    if (feature.encoder === "identity") return number >= 0 && number < (feature.size ?? 0) ? number : 0;
    return (feature.boundaries ?? []).filter((boundary) => f(boundary) <= f(number)).length;
  }
}

function dense({ column, mean = 0, variance = 1, cast }: TaxiFeature, row: TaxiRow): number {
  const value = Number(row[column] ?? 0);
  const whole = cast?.startsWith("int64") === true ? Math.trunc(value) : value;
  return f(f(f(whole) - f(mean)) / f(Math.sqrt(f(variance))));
}

function at(weights: Weights, tensor: string, index: number): number {
  const value = weights.get(tensor)?.[index];
  if (value === undefined) throw new Error(`no ${tensor}[${index}]`);
  return value;
}

function tensor(weights: Weights, name: string): Float64Array {
  const values = weights.get(name);
  if (values === undefined) throw new Error(`no ${name}`);
  return values;
}

function put(weights: Weights, tensor: string, index: number, value: number): void {
  const values = weights.get(tensor);
  if (values !== undefined) values[index] = value;
}
