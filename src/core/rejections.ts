/** Why a row was set aside. A closed list: the ledger counts by these names. */
export const rejectionReasons = [
  "time-missing",
  "time-out-of-range",
  "label-undefined",
  "label-not-binary",
  "label-not-finite",
  "not-a-positive",
  "known-before-shown",
  "id-missing",
  "value-missing",
  "value-not-finite",
  "value-out-of-range",
  "unknown-id",
  "weight-invalid",
  "offset-invalid",
  "event-id-missing",
  "event-id-repeated",
  "bag-weights-uneven",
  "bag-weight-invalid",
] as const;

export type RejectionReason = (typeof rejectionReasons)[number];

/** Per row of a block: 0, or 1 + the index of the first reason found. */
export type Rejections = Uint8Array;

export function reject(rejections: Rejections, row: number, reason: RejectionReason): void {
  if (rejections[row] === 0) rejections[row] = 1 + rejectionReasons.indexOf(reason);
}
