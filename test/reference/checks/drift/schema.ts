/** drift.json, as far as it is read. */
export interface DriftDocument {
  streams: Record<string, Stream>;
  detectors: DetectorCase[];
  two_sample: TwoSampleCase[];
}

export interface Stream {
  change_points: number[];
  published: { detector: DetectorCase["detector"]; params: string; detections: number[]; where: string }[];
  values: number[];
}

export interface DetectorCase {
  detector: "adwin" | "page_hinkley" | "kswin";
  variant: string;
  stream: string;
  params: Record<string, number | string>;
  detections?: number[];
  trace_columns?: string[];
  trace?: number[][];
  draws?: number[][];
  tests?: number[][];
  tests_columns?: string[];
  number_of_detections?: Range;
  first_detection_at_or_after_change?: (Range & { seeds_without: number }) | null;
}

export interface Range {
  min: number | null;
  median: number | null;
  max: number | null;
}

export type TwoSampleCase =
  | {
      name: string;
      kind: "numeric";
      reference: number[];
      current: number[];
      ks: Record<string, number>;
      wasserstein: number;
      quantile10: BinnedExpectation;
      equal_width10: BinnedExpectation;
    }
  | ({ name: string; kind: "categorical"; reference: string[]; current: string[] } & BinnedExpectation)
  | {
      name: string;
      kind: "weighted_numeric";
      reference: number[];
      current: number[];
      reference_weights: number[];
      current_weights: number[];
      wasserstein: number;
    };

export type BinnedExpectation = Record<string, unknown> & {
  edges?: number[];
  categories?: string[];
  counts_reference: number[];
  counts_current: number[];
};
