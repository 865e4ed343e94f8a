import type { Tensor } from "../../../core/tensor.js";

/**
 * Keras 1 and 2 keep a group a layer and in it each weight under its own name: `model_weights/<layer>/<weight>:0`, and
 * slots as `optimizer_weights/Adagrad/<weight>/accumulator:0`. A weight's own name is kept where only one has it.
 */
export function nameKeras2(datasets: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const full = [...datasets.keys()].map((path) => ({ path, name: path.replace(/:0$/, "") }));
  const own = full.map(({ path, name }) => ({ path, name: ownName(name) }));
  const seen = new Map<string, number>();
  for (const { name } of own) seen.set(name, (seen.get(name) ?? 0) + 1);
  const tensors = new Map<string, Tensor>();
  own.forEach(({ path, name }, at) => {
    const chosen = seen.get(name) === 1 ? name : (full[at]?.name ?? path);
    const tensor = datasets.get(path);
    if (tensor !== undefined) tensors.set(chosen, { ...tensor, name: chosen });
  });
  return tensors;
}

function ownName(name: string): string {
  const slot = /^optimizer_weights\/(?:training(?:_\d+)?\/)?(.+)$/.exec(name);
  if (slot?.[1] !== undefined) return slot[1];
  const weight = /^(?:model_weights\/)?[^/]+\/(.+)$/.exec(name);
  return weight?.[1] ?? name;
}
