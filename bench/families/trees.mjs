/**
 * Boosted trees for the bench, grown here so that nothing need be installed: XGBoost's second-order objective (Chen and
 * Guestrin 2016, equations 5 to 7) over quantiles, by level, numbers alone. The model is in XGBoost's JSON.
 */
const TREES = 60;
const DEPTH = 4;
const SHRINKAGE = 0.2;
const LAMBDA = 1;
const BINS = 64;

/** @param columns of numbers, by name; @param labels 0 or 1. The text of a model file. */
export function boostedTrees(columns, labels) {
  const names = [...columns.keys()];
  const cuts = names.map((name) => quantiles(columns.get(name)));
  const bins = names.map((name, at) => binned(columns.get(name), cuts[at]));
  const rate = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const margins = new Float64Array(labels.length).fill(Math.log(rate / (1 - rate)));
  const trees = Array.from({ length: TREES }, (_, id) => treeJson(grown(bins, cuts, labels, margins), id));
  return JSON.stringify({
    learner: {
      feature_names: names,
      gradient_booster: { name: "gbtree", model: { trees, tree_info: trees.map(() => 0) } },
      learner_model_param: { base_score: String(rate), num_class: "0", num_feature: String(names.length) },
      objective: { name: "binary:logistic" },
    },
    version: [1, 7, 4],
  });
}

/** One more tree, whose leaves are added to the margins. */
function grown(bins, cuts, labels, margins) {
  const gradients = margins.map((margin, row) => sigmoid(margin) - labels[row]);
  const hessians = margins.map((margin) => sigmoid(margin) * (1 - sigmoid(margin)));
  const place = new Int32Array(labels.length);
  const nodes = [{ depth: 0 }];
  for (let depth = 0; depth < DEPTH; depth++) {
    const first = nodes.findIndex((node) => node.depth === depth);
    if (first < 0) break;
    const level = nodes.length - first;
    const splits = bestSplits(bins, { gradients, hessians, place, first, level });
    splits.forEach((split, at) => {
      if (split === undefined) return;
      const { feature, bin } = split;
      const left = nodes.push({ depth: depth + 1 }, { depth: depth + 1 }) - 2;
      Object.assign(nodes[first + at], { feature, bin, threshold: cuts[feature][bin], left });
    });
    place.forEach((node, row) => {
      const { left, feature, bin } = nodes[node];
      if (left !== undefined) place[row] = bins[feature][row] <= bin ? left : left + 1;
    });
  }
  const sums = nodes.map(() => ({ g: 0, h: 0 }));
  place.forEach((node, row) => {
    sums[node].g += gradients[row];
    sums[node].h += hessians[row];
  });
  sums.forEach(({ g, h }, node) => {
    nodes[node].value = (-SHRINKAGE * g) / (h + LAMBDA);
  });
  place.forEach((node, row) => {
    margins[row] += nodes[node].value;
  });
  return nodes;
}

/** Of each node of a level the split that gains most; undefined where none gains. */
function bestSplits(bins, { gradients, hessians, place, first, level }) {
  const best = new Array(level).fill(undefined);
  const gains = new Float64Array(level);
  bins.forEach((codes, feature) => {
    const g = new Float64Array(level * BINS);
    const h = new Float64Array(level * BINS);
    place.forEach((node, row) => {
      if (node < first) return;
      const at = (node - first) * BINS + codes[row];
      g[at] += gradients[row];
      h[at] += hessians[row];
    });
    for (let node = 0; node < level; node++) {
      const [from, to] = [node * BINS, (node + 1) * BINS];
      const [allG, allH] = [g, h].map((sums) => sums.subarray(from, to).reduce((a, b) => a + b, 0));
      let [leftG, leftH] = [0, 0];
      for (let bin = 0; bin < BINS - 1; bin++) {
        leftG += g[from + bin];
        leftH += h[from + bin];
        if (leftH < 1 || allH - leftH < 1) continue;
        const gain = score(leftG, leftH) + score(allG - leftG, allH - leftH) - score(allG, allH);
        if (gain > gains[node]) {
          gains[node] = gain;
          best[node] = { feature, bin };
        }
      }
    }
  });
  return best;
}

function score(g, h) {
  return (g * g) / (h + LAMBDA);
}

/** Float32 values between the bins: a value below cut b is of bin b or less. */
function quantiles(values) {
  const sorted = Float32Array.from(values).sort();
  return Float32Array.from(
    { length: BINS - 1 },
    (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / BINS)],
  );
}

function binned(values, cuts) {
  return Uint8Array.from(values, (value) => {
    let [low, high] = [0, cuts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Math.fround(value) < cuts[middle]) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

function treeJson(nodes, id) {
  const each = (pick) => nodes.map(pick);
  const isLeaf = ({ left }) => left === undefined;
  return {
    id,
    left_children: each((node) => node.left ?? -1),
    right_children: each((node) => (isLeaf(node) ? -1 : node.left + 1)),
    split_indices: each((node) => node.feature ?? 0),
    split_conditions: each((node) => (isLeaf(node) ? node.value : node.threshold)),
    default_left: each(() => 0),
    tree_param: { num_nodes: String(nodes.length), size_leaf_vector: "0" },
  };
}

function sigmoid(margin) {
  return 1 / (1 + Math.exp(-margin));
}
