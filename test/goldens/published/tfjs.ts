import { converted } from "../convert.js";
import {
  columnAt,
  columnsOf,
  dense,
  featuresOf,
  type Golden,
  identity,
  type Proof,
  randomRows,
  TOLERANCE,
  together,
} from "../golden.js";
import { numbered } from "../made/trees.js";
import { graphOutputs, layersOutputs } from "../runtimes/tfjs.js";

const RUNTIME = "TensorFlow.js's outputs of this file (none were published)";
const PAGES = 101;
const NETWORK = "StatefulPartitionedCall/model";

/** Models of TensorFlow.js's own examples and tests, which have no outputs beside them: run as they are. */
export function tfjsPublishedGoldens(): Golden[] {
  return [
    {
      file: "data/tfjs_layers/abalone/",
      against: RUNTIME,
      tolerance: TOLERANCE,
      prove: async (path) => {
        const rows = randomRows(50, 8, 1);
        const scores = await layersOutputs(path, { numbers: { rows, dtype: "float32" } });
        const names = numbered(8);
        const config = { features: featuresOf(names, dense) };
        return await converted(path, { config, columns: columnsOf(names, rows), scores });
      },
    },
    {
      file: "data/tfjs_graph/tfjs_e2e_graph_model/",
      against: `${RUNTIME}, both of them`,
      tolerance: TOLERANCE,
      prove: async (path) => {
        const rows = randomRows(2, 2, 1);
        const outputs = await graphOutputs(path, { Placeholder: { rows, dtype: "float32" } }, "MatMul");
        const names = numbered(2);
        const prove = (output: number): Promise<Proof> =>
          converted(path, {
            config: { features: featuresOf(names, dense), checkpoint: { output } },
            columns: columnsOf(names, rows),
            scores: columnAt(outputs, output).map(Number),
          });
        return together([await prove(0), await prove(1)]);
      },
    },
    {
      file: "data/tfjs_graph/next_page_prefetch/",
      against: `${RUNTIME} before the softmax, five of its ${PAGES}`,
      tolerance: TOLERANCE,
      prove: nextPage,
    },
  ];
}

/** A page's vector and a count through layers to one number for each next page. */
async function nextPage(path: string): Promise<Proof> {
  const page = Array.from({ length: 40 }, (_, row) => (row * 7) % PAGES);
  const index = page.map((_, row) => row % 9);
  const inputs = {
    cur_page: { rows: page, dtype: "int32" },
    session_index: { rows: index, dtype: "int32" },
  } as const;
  const outputs = await graphOutputs(path, inputs, `${NETWORK}/dense_1/BiasAdd`);
  const features = [
    { name: "cur_page", column: "page", encoder: identity(PAGES) },
    { name: "session_index", column: "index", encoder: dense },
  ];
  const proofs: Proof[] = [];
  for (const output of [0, 25, 50, 75, 100])
    proofs.push(
      await converted(path, {
        config: { features, checkpoint: { output } },
        columns: { page, index },
        scores: columnAt(outputs, output).map(Number),
      }),
    );
  return together(proofs);
}
