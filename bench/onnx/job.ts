import type { HostArray } from "../../src/tensor/index.ts";

/** Numbers as the Python side reads them. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | string)[];
}

/** Files to run one after the other, each fed with what is known by name; what must be known at the end. */
export interface Job {
  readonly name: string;
  readonly group: string;
  readonly programs: Readonly<Record<string, Uint8Array>>;
  readonly feeds: Readonly<Record<string, Numbers>>;
  readonly wanted: Readonly<Record<string, Numbers>>;
}

export function numbersOf(
  shape: readonly number[],
  dtype: string,
  data: HostArray | readonly number[],
): Numbers {
  // What JSON has no number for goes as text.
  return {
    shape,
    dtype,
    data: Array.from(data, (x) => (Number.isFinite(x) ? x : String(x).replace("Infinity", "inf"))),
  };
}
