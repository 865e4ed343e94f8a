import { lines } from "../read.js";

/** An event of Vowpal Wabbit's test of --interact: the label, and the product of what both namespaces have by name. */
export interface Interaction {
  label: number;
  products: ReadonlyMap<string, number>;
}

/** `label |first name:value … |second name:value …`; a name that only one of them has is left out. */
export function readInteractions(path: string): Interaction[] {
  return lines(path).map((line) => {
    const [label, ...namespaces] = line.split("|");
    const [first = new Map<string, number>(), second = new Map<string, number>()] = namespaces.map(valuesIn);
    const products = [...first].flatMap(([name, value]) => {
      const other = second.get(name);
      return other === undefined ? [] : [[name, value * other] as const];
    });
    return { label: Number(label), products: new Map(products) };
  });
}

function valuesIn(namespace: string): Map<string, number> {
  const pairs = namespace.trim().split(" ").slice(1);
  return new Map(
    pairs.map((pair) => {
      const [name = "", value] = pair.split(":");
      return [name, Number(value)];
    }),
  );
}
