/** A TensorFlow.js model as its `model.json` and shards have it. */
export interface TfjsArtifacts {
  kind: "layers" | "graph";
  /** `modelTopology`, `signature` and the entries of `weightsManifest`, as parsed. */
  topology: unknown;
  signature: unknown;
  specs: readonly unknown[];
  /** The shards, one after the other. */
  weights: Uint8Array;
}

/** An input of a model, by the framework's own name; sizes that are not fixed are null, the first is the batch. */
export interface FrameworkInput {
  name: string;
  shape: readonly (number | null)[];
}

/** What enters one input: `width` numbers an event, row-major. */
export interface Feed {
  width: number;
  values: Float64Array;
}

/** A model that its own framework has loaded, and runs as it is. */
export interface FrameworkModel {
  /** With its version. */
  framework: string;
  inputs: readonly FrameworkInput[];
  /** Row-major outputs of `rows` events, as the framework rounds them. */
  run(feeds: ReadonlyMap<string, Feed>, rows: number, output: string): Promise<Float64Array>;
  close(): void;
}

/** A SavedModel that TensorFlow has loaded, by the names of one of its signatures. */
export interface SavedModelProgram {
  /** With its version. */
  framework: string;
  inputs: readonly { name: string; isText: boolean }[];
  outputs: readonly string[];
  /** Raw columns in, one value an event; outputs row-major. */
  run(
    columns: ReadonlyMap<string, readonly (string | number)[]>,
    rows: number,
    output: string,
  ): Promise<Float64Array>;
  close(): void;
}
