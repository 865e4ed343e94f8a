import type { OptimizerSpec } from "../../core/optimizer-spec.js";
import type { Arena } from "./arena.js";

/** Events whose rows are found together, as kernels/sparse/records.ts has it. */
export const BLOCK = 16;
/** Bytes of each record of kernels/sparse/records.ts. */
export const RECORD_BYTES = { model: 52, part: 24, feature: 20, group: 160 } as const;
/** Where in a group's record its count of updates lies. */
export const STEPS_AT = 144;

export const GROUP_KINDS = { weights: 0, factorisation: 1, dot: 2 } as const;

/** One record: integers (addresses among them), then doubles. */
export interface KernelRecord {
  integers: readonly number[];
  doubles?: readonly number[];
}

/** Puts records of one kind behind each other. Returns the address of the first. */
export function putRecords(
  arena: Arena,
  kind: keyof typeof RECORD_BYTES,
  records: readonly KernelRecord[],
): number {
  const bytes = RECORD_BYTES[kind];
  const view = arena.bytes(bytes * records.length);
  records.forEach(({ integers, doubles = [] }, index) => {
    const at = index * bytes;
    integers.forEach((value, place) => {
      view.setUint32(at + 4 * place, value, true);
    });
    const behind = at + 8 * Math.ceil(integers.length / 2);
    doubles.forEach((value, place) => {
      view.setFloat64(behind + 8 * place, value, true);
    });
  });
  return view.byteOffset;
}

/** How a group learns, in the order of its record. */
export interface OptimizerFields {
  number: number;
  /** It asks for no more than kernels/sparse/bare.ts has. */
  isBare: boolean;
  isDecaying: boolean;
  settings: readonly number[];
}

export function optimizerFields(optimizer: OptimizerSpec, isVector: boolean): OptimizerFields {
  const kept = { isBare: false, isDecaying: false };
  if (optimizer.kind === "frozen")
    return { ...kept, number: 0, settings: [0, 0, 0, Number.POSITIVE_INFINITY] };
  const { rate, clipNorm = Number.POSITIVE_INFINITY, l2 } = optimizer;
  const clips = clipNorm < Number.POSITIVE_INFINITY;
  switch (optimizer.kind) {
    case "sgd": {
      const { l1 = 0, warmUpSteps = 0, rateFloor = 0, schedule } = optimizer;
      const isDecaying = schedule === "inverse-sqrt";
      return {
        ...kept,
        number: 1,
        isBare: isVector && l1 === 0 && !clips,
        isDecaying,
        settings: [rate, l2, l1, clipNorm, warmUpSteps, rateFloor],
      };
    }
    case "adagrad": {
      const { l1 = 0, warmUpSteps = 0, epsilon, epsilonPlacement, rateFloor } = optimizer;
      const inside = epsilonPlacement === "inside" ? epsilon : 0;
      const most = rateFloor === undefined ? Number.POSITIVE_INFINITY : rate / rateFloor;
      return {
        ...kept,
        number: 2,
        isBare: l1 === 0 && (isVector || l2 === 0) && rateFloor === undefined && !clips,
        settings: [rate, l2, l1, clipNorm, warmUpSteps, 0, inside, epsilon - inside, most],
      };
    }
    case "ftrl": {
      const { l1, beta } = optimizer;
      return { ...kept, number: 3, isBare: !clips, settings: [rate, l2, l1, clipNorm, 0, 0, 0, 0, 0, beta] };
    }
    default:
      throw new TypeError(`the sparse kernel has no ${optimizer.kind}`);
  }
}
