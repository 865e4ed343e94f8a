import { expect, it } from "vitest";
import { kolmogorovTailOf } from "../../../src/measure/drift/ks-asymptotic.js";

/** n, x and scipy.stats.kstwo(n).sf(x) of scipy 1.17.1: every region that the tail is computed in. */
const cases: readonly [number, number, number][] = [
  [5, 0.40249223594996214, 0.3023001977971165],
  [30, 0.21908902300206642, 0.0959186623738878],
  [140, 0.1225473669356349, 0.027288552530941333],
  [141, 0.04210759605332595, 0.9549094893418928],
  [200, 0.06363961030678927, 0.37692368442546864],
  [222, 0.08053872662568291, 0.10624133592895135],
  [500, 0.13416407864998736, 2.609814109607651e-8],
  [5000, 0.007071067811865475, 0.9624348682860043],
  [50000, 0.0013416407864998738, 0.9999900693840418],
  [100001, 0.003794714218678395, 0.11196589094928922],
  [1000000, 0.0019, 0.0014617459887777949],
  [10, 0.07500000000000001, 0.999999645625],
  [10, 0.09, 0.9999610360566907],
  [10, 0.5, 0.00777741],
  [10, 0.97, 1.1809800000000106e-15],
  [200, 0.00375, 1.0],
  [200, 0.0045000000000000005, 1.0],
  [200, 0.5, 9.256385411205685e-47],
  [200, 0.97, 5.31227977752445e-305],
];

it.each(cases)("P(D >= x) of %i rows at %d", (n, x, expected) => {
  expect(Math.abs(kolmogorovTailOf(n, x) - expected)).toBeLessThanOrEqual(1e-9 * expected);
});

it("is 1 at the least distance and 0 at the largest", () => {
  for (const n of [1, 7, 1000])
    expect([kolmogorovTailOf(n, 0.5 / n), kolmogorovTailOf(n, 1)]).toEqual([1, 0]);
});
