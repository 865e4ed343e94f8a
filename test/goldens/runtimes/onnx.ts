import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** What ONNX Runtime, compiled to WebAssembly, makes of rows of float32 numbers: a row of outputs each. */
export async function onnxOutputs(
  path: string,
  names: { input: string; output: string },
  rows: readonly (readonly number[])[],
): Promise<number[][]> {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(path)));
  const outputs: number[][] = [];
  // One by one: a model may be exported for batches of one.
  for (const row of rows) {
    const tensor = new ort.Tensor("float32", Float32Array.from(row), [1, row.length]);
    const { [names.output]: output } = await session.run({ [names.input]: tensor });
    if (!(output?.data instanceof Float32Array)) throw new TypeError(`${names.output} is no float32`);
    outputs.push(Array.from(output.data));
  }
  await session.release();
  return outputs;
}
