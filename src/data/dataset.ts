/** Observed interactions as columns of equal length; `user` and `item` are rows of the dataset's tables. */
export interface Interactions {
  readonly user: Int32Array;
  readonly item: Int32Array;
  /** The rating, or 1 for implicit feedback, on the dataset's scale. */
  readonly value: Float32Array;
  /** Unix time in seconds; absent when the source has no times. */
  readonly time?: Float64Array;
}

/** One attribute of users or items. A missing value is `undefined`, `[]` or `NaN`. */
export type Column =
  | { readonly kind: "categorical"; readonly values: readonly (string | undefined)[] }
  | { readonly kind: "multi"; readonly values: readonly (readonly string[])[] }
  | { readonly kind: "numeric"; readonly values: Float64Array }
  | { readonly kind: "text"; readonly values: readonly (string | undefined)[] };

/** Users or items: external ids and attributes, one row each. */
export interface Table {
  readonly ids: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

/** The range of `value`. A rating at or above `liked` counts as a like (relevance of a full ranking). */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly liked: number;
}

/** A cleaned data set: everything a split, an encoder or a protocol needs. Plain data, no behaviour. */
export interface Dataset {
  readonly name: string;
  readonly users: Table;
  readonly items: Table;
  readonly interactions: Interactions;
  readonly scale: Scale;
  /** True for a generated world: whoever prints a number of it must say so. */
  readonly synthetic: boolean;
  /** SHA-256 over the cleaned content. */
  readonly hash: string;
}
