/** `lower`: (1,0), (2,0), (2,1) ...; `upper`: (0,1), (0,2) ..., (1,2) .... */
export function pairsOf(vectors: number, order: "lower" | "upper"): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < vectors; i++) {
    if (order === "lower") for (let j = 0; j < i; j++) pairs.push([i, j]);
    else for (let j = i + 1; j < vectors; j++) pairs.push([i, j]);
  }
  return pairs;
}
