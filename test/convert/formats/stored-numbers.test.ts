import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../../src/convert/open.js";
import { partsOf, stretchesOf } from "../../../src/core/tensor.js";
import { openTree } from "../../../src/io/files.js";

/** Of formats whose numbers lie in the file as they are. */
const FILES = [
  "fixtures/made/safetensors/two_tower.safetensors",
  "fixtures/made/pytorch_mf/checkpoint.pt",
  "fixtures/made/pytorch_mf/state_dict_legacy.pt",
  "fixtures/made/pytorch_mf/state_dict_half_and_views.pt",
  "fixtures/made/als/implicit_als.npz",
  "fixtures/made/als/user_factors_f64.npy",
];

describe("numbers that lie in a file as they are", () => {
  it.each(FILES)("%s: parts are those of the whole", async (path) => {
    const { tensors } = await openCheckpoint(openTree(path));
    let inParts = 0;
    for (const tensor of tensors.values()) {
      const whole = tensor.values();
      const read = partsOf(tensor);
      for (const [from, to] of [
        [0, whole.length],
        [1, Math.min(3, whole.length)],
        [whole.length >> 1, whole.length],
      ] as const)
        if (from <= to) expect(read(from, to)).toEqual(whole.slice(from, to));
      const stretches = [...stretchesOf(tensor, tensor.shape.at(-1) ?? 1)];
      expect(stretches.reduce((sum, { values }) => sum + values.length, 0)).toBe(whole.length);
      if (tensor.parts !== undefined) inParts += 1;
    }
    expect(inParts).toBeGreaterThan(0);
  });
});
