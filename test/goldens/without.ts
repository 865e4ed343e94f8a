/** Files that are read and have no parity figure, by their row in the table of docs/formats.md: why there is none. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /frugally_deep|scisharp_lstm|tfjs_e2e_layers_model|allennlp_.*(best|model_state)/,
    "a recurrent network, of no family here: learn on its logged score with an `offset` term",
  ],
  [/training_state/, "an optimizer's state, without the model"],
  [/candle_/, "one array, of no model"],
  [/BatchNorm1d_3d/, "a normalisation of three axes alone, which gives no score"],
  [
    /add_with_external_data|saved_model_counter|int64_multiply/,
    "a few numbers that are added or multiplied, of no model",
  ],
  [/python_func_model/, "a layer of somebody's own Python; no outputs were published"],
  [/nested_container/, "no outputs were published"],
  [
    /data\/vowpal_wabbit\/(automl|cb|ccb|readable_model_privacy)/,
    "a reduction (`--cb`, `--ccb`, `--cbzo`, `--automl`), which is refused by the option's name; no data was published",
  ],
  [/^data\/word2vec\//, "vectors alone; no outputs were published"],
];

export function reasonWithout(file: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(file))?.[1];
}
