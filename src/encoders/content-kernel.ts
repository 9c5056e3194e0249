import type { Bags } from "./bags.ts";

/** How much each part of the content says about how alike two items are. */
export interface KernelOptions {
  /** Weight of a field with few values (genres) and of its square, which sees pairs of values. */
  readonly small: number;
  readonly pairs: number;
  /** Weight of a field with many values or words. */
  readonly large: number;
  /** Weight of the smooth part, over numbers and counts. */
  readonly smooth: number;
  /** Inverse squared length scale, per standard deviation, of numbers; of the derived counts. */
  readonly numberScale: number;
  readonly countScale: number;
  /** Weight of each vector an encoder gave, and inverse squared length scale of the distance of two. */
  readonly vector: number;
  readonly vectorScale: number;
  /** Weight every pair of items has. */
  readonly constant: number;
}

/** Found by marginal likelihood on MovieLens-1M's warm films, a year held out; in units of the targets' variance. */
export const defaultKernelOptions: KernelOptions = {
  small: 0.027,
  pairs: 0.038,
  large: 0.02,
  smooth: 0.3,
  numberScale: 4.8,
  countScale: 0.07,
  vector: 0.1,
  vectorScale: 1,
  constant: 0.4,
};

/** A field is small up to this many tokens. */
const SMALL = 64;

/** What the kernel needs of items besides their bags: numbers, standardised over training. */
export interface Numbers {
  /** `[items, scales.length]` */
  readonly values: Float32Array;
  /** Inverse squared length scale of each column. */
  readonly scales: Float32Array;
}

/**
 * Similarities of some items to others: a weighted sum of the inner products of their bags, the squares of those of
 * small fields, and a Gaussian of the distance of their numbers (Rasmussen and Williams 2006, sec. 4.2).
 *
 * @returns `[rows.length, columns.length]`
 */
export function contentKernel(
  bags: Bags,
  numbers: Numbers,
  between: { readonly rows: Int32Array; readonly columns: Int32Array },
  options: KernelOptions,
): Float32Array {
  const { rows, columns } = between;
  const out = smoothPart(numbers, between, options);
  const small = smallFields(bags);
  for (const [field] of bags.fields.entries()) {
    const index = invertedIndex(bags, field, columns);
    const [weight, pairs] = small[field] ? [options.small, options.pairs] : [options.large, 0];
    const dots = new Float32Array(columns.length);
    rows.forEach((row, r) => {
      dots.fill(0);
      forEachToken(bags, row, field, (token, w) => {
        for (const [column, v] of index.get(token) ?? []) dots[column]! += w * v;
      });
      for (let c = 0; c < columns.length; c++) {
        const dot = dots[c]!;
        if (dot !== 0) out[r * columns.length + c]! += weight * dot + pairs * dot * dot;
      }
    });
  }
  return out;
}

const known = new WeakMap<Bags, readonly boolean[]>();

/** Whether a field has few distinct tokens: over all rows, so that the kernel of two items does not depend on others. */
function smallFields(bags: Bags): readonly boolean[] {
  const small =
    known.get(bags) ??
    bags.fields.map((_, field) => {
      const tokens = new Set<number>();
      for (let row = 0; row < bags.rows; row++) forEachToken(bags, row, field, (token) => tokens.add(token));
      return tokens.size <= SMALL;
    });
  known.set(bags, small);
  return small;
}

function forEachToken(
  bags: Bags,
  row: number,
  field: number,
  visit: (token: number, weight: number) => void,
): void {
  const at = row * bags.fields.length + field;
  for (let k = bags.offsets[at]!; k < bags.offsets[at + 1]!; k++) visit(bags.ids[k]!, bags.weights[k]!);
}

function invertedIndex(
  bags: Bags,
  field: number,
  columns: Int32Array,
): Map<number, [column: number, weight: number][]> {
  const index = new Map<number, [number, number][]>();
  columns.forEach((row, c) => {
    forEachToken(bags, row, field, (token, weight) => {
      const list = index.get(token);
      if (list === undefined) index.set(token, [[c, weight]]);
      else list.push([c, weight]);
    });
  });
  return index;
}

function smoothPart(
  { values, scales }: Numbers,
  { rows, columns }: { rows: Int32Array; columns: Int32Array },
  options: KernelOptions,
): Float32Array {
  const d = scales.length;
  const out = new Float32Array(rows.length * columns.length);
  rows.forEach((a, r) => {
    columns.forEach((b, c) => {
      let distance = 0;
      for (let j = 0; j < d; j++) distance += scales[j]! * (values[a * d + j]! - values[b * d + j]!) ** 2;
      out[r * columns.length + c] = options.constant + options.smooth * Math.exp(-0.5 * distance);
    });
  });
  return out;
}
