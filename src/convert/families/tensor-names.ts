/** Without the endings that say how a tensor was saved. */
export function plainName(name: string): string {
  return name.replace(/\/\.ATTRIBUTES\/VARIABLE_VALUE$/, "").replace(/\/part_\d+$/, "");
}

/** `top.0.weight` -> "top.0"; `dnn/hiddenlayer_0/kernel` -> "dnn/hiddenlayer_0". */
export function moduleOf(name: string): string {
  return plainName(name).replace(/[./][^./]*$/, "");
}

/** `mlp.4` -> ["mlp", 4]; undefined where a module has no number of its own. */
export function numberedModule(module: string): [container: string, index: number] | undefined {
  const match = /^(.*?)[./_-]?(\d+)$/.exec(module);
  return match?.[1] === undefined ? undefined : [match[1], Number(match[2])];
}
