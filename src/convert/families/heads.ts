import type { Layer } from "./layers.js";

/** A model with several outputs over one stack of layers. */
export interface Heads {
  /** The first layer of each. */
  names: readonly string[];
  chosen: string | undefined;
  /** Kernels and biases of the others. */
  left: readonly string[];
  /** Kernels and biases below all of them. */
  shared: readonly string[];
}

/**
 * Chains with the one head that `head` names (a part of its first kernel's name). A head is a chain to one unit that
 * reads the layer which another one reads too. Without `head`, where there are several, none is chosen.
 */
export function chooseHead(
  chains: readonly (readonly Layer[])[],
  head: string | undefined,
): { chains: Layer[][]; heads: Heads | undefined } {
  const whole = chains.map((chain) => [...chain]);
  for (const [at, trunk] of chains.entries()) {
    const last = trunk.at(-1);
    if (last?.units !== 1 || trunk.length < 2) continue;
    const rivals = chains.filter(
      (chain, other) =>
        other !== at &&
        chain.at(-1)?.units === 1 &&
        !/wide|linear/i.test(chain[0]?.kernel ?? "") &&
        branch(trunk, chain) > 0,
    );
    const [rival] = rivals;
    if (rival === undefined) continue;
    const from = branch(trunk, rival);
    const heads = [trunk.slice(from), ...rivals];
    const names = heads.map((one) => one[0]?.kernel ?? "");
    const chosen = heads[names.indexOf(headNamed(names, head) ?? "")];
    const others = heads.filter((one) => one !== chosen);
    const left = chosen === undefined ? [] : others.flatMap(tensorsOf);
    const joined = [...trunk.slice(0, from), ...(chosen ?? trunk.slice(from))];
    const kept = whole.filter((_, other) => other === at || !rivals.includes(chains[other] ?? []));
    return {
      chains: kept.map((chain) => (chain[0]?.kernel === trunk[0]?.kernel ? joined : chain)),
      heads: {
        names,
        chosen: chosen?.[0]?.kernel,
        left: [...new Set(left)],
        shared: tensorsOf(trunk.slice(0, from)),
      },
    };
  }
  return { chains: whole, heads: undefined };
}

/** The one of several names that `head` is, or else is a part of; undefined where that is none, or more than one. */
export function headNamed(names: readonly string[], head: string | undefined): string | undefined {
  if (head === undefined) return undefined;
  const alike = names.filter((name) => name.includes(head));
  return names.find((name) => name === head) ?? (alike.length === 1 ? alike[0] : undefined);
}

function tensorsOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ kernel, bias }) => (bias === undefined ? [kernel] : [kernel, bias]));
}

/** The layer of `trunk` from which on it is a head beside `chain`; 0 where the two do not meet. */
function branch(trunk: readonly Layer[], chain: readonly Layer[]): number {
  const inputs = chain[0]?.inputs;
  const at = trunk.findLastIndex((layer, index) => index < trunk.length - 1 && layer.units === inputs);
  return at + 1;
}
