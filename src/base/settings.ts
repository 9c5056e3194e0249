/** Settings of a method by name; a dotted name is one of a part. */
export type Settings = Readonly<Record<string, number | boolean | string>>;

/** Where a search may look for one setting. */
export type Range =
  /** Any number between the ends, on a logarithmic scale when `log`. */
  | { readonly kind: "number"; readonly low: number; readonly high: number; readonly log?: boolean }
  | { readonly kind: "integer"; readonly low: number; readonly high: number; readonly log?: boolean }
  | { readonly kind: "choice"; readonly of: readonly (number | boolean | string)[] };

/** The settings worth searching, a range each. */
export type Space = Readonly<Record<string, Range>>;
