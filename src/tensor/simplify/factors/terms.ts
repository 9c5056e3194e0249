import { expand, reshape, sum, sumTo } from "../../ops/broadcast.ts";
import { add, mul, neg, sub } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/matmul.ts";
import { transpose } from "../../ops/structure.ts";
import { sameShape } from "../../shape.ts";
import { type Shape, sizeOf, type Tensor } from "../../tensor.ts";

/** A matrix, or a batch of them, read as it lies or transposed. `[..., m, n]` */
export interface Factor {
  readonly x: Tensor;
  readonly transposed: boolean;
}

/** `sign * left * right` that has not been multiplied out, or a matrix `sign * scale * left`. */
export interface Term {
  readonly sign: 1 | -1;
  readonly left: Factor;
  readonly right: Factor | undefined;
  readonly scale: Tensor | undefined;
}

/** A matrix as a sum. */
export type Terms = readonly Term[];

const flip = ({ x, transposed }: Factor): Factor => ({ x, transposed: !transposed });
const same = (a: Factor, b: Factor): boolean => a.x === b.x && a.transposed === b.transposed;
const alike = (a: Factor, b: Factor): boolean =>
  a.transposed === b.transposed && sameShape(a.x.shape, b.x.shape);

/** A matrix as it is. */
export function plain(x: Tensor): Terms {
  return [{ sign: 1, left: { x, transposed: false }, right: undefined, scale: undefined }];
}

/** A product that need not be multiplied out. */
export function product(left: Factor, right: Factor): Terms {
  return [{ sign: 1, left, right, scale: undefined }];
}

export function negated(terms: Terms): Terms {
  return terms.map((term) => ({ ...term, sign: term.sign === 1 ? -1 : 1 }));
}

export function transposed(terms: Terms): Terms {
  return terms.map((term) => ({
    ...term,
    left: flip(term.right ?? term.left),
    right: term.right && flip(term.left),
  }));
}

/**
 * Every term times a number (or one number for each matrix of the batch). Of two factors the one that was computed
 * later is multiplied: the other one is the likelier to be a factor of other products as well.
 */
export function scaled(terms: Terms, by: Tensor, times: typeof mul = mul): Terms {
  return terms.map((term) => {
    const { left, right, scale } = term;
    if (right === undefined) return { ...term, scale: times(scale ?? 1, by) };
    const scaleFactor = ({ x, ...rest }: Factor): Factor => ({ ...rest, x: times(x, by) });
    return left.x.id > right.x.id
      ? { ...term, left: scaleFactor(left) }
      : { ...term, right: scaleFactor(right) };
  });
}

/** The sum of two sums. Products with a common factor become one: `A B + A C = A (B + C)`. */
export function added(a: Terms, b: Terms): Terms {
  return b.reduce<Terms>((sofar, term) => {
    for (const [i, other] of sofar.entries()) {
      const joined = join(other, term);
      if (joined !== undefined) return sofar.with(i, joined);
    }
    return [...sofar, term];
  }, a);
}

function join(a: Term, b: Term): Term | undefined {
  if (a.right === undefined || b.right === undefined) return undefined;
  const plus = a.sign === b.sign ? add : sub;
  if (same(a.left, b.left) && alike(a.right, b.right))
    return { ...a, right: { ...a.right, x: plus(a.right.x, b.right.x) } };
  if (same(a.right, b.right) && alike(a.left, b.left))
    return { ...a, left: { ...a.left, x: plus(a.left.x, b.left.x) } };
  return undefined;
}

/** The matrix itself. */
export function multipliedOut(terms: Terms, shape: Shape): Tensor {
  const parts = terms.map((term) => {
    const { left, right } = term;
    const lies = left.transposed ? transpose(left.x) : left.x;
    return { ...term, value: right === undefined ? lies : times(left, right) };
  });
  return fit(total(parts), shape);
}

/** Where a matrix stands in a product: itself perhaps read transposed, the other one `before` it or after. */
export interface Place {
  readonly other: Factor;
  readonly before: boolean;
  readonly read: boolean;
}

/** The matrix times another one, never formed. */
export function multiplied(terms: Terms, { other, before, read }: Place, shape: Shape): Tensor {
  const parts = (read ? transposed(terms) : terms).map((term) => {
    const { left, right } = term;
    if (right === undefined) return { ...term, value: before ? times(other, left) : times(left, other) };
    const inner = { x: before ? times(other, left) : times(right, other), transposed: false };
    return { ...term, value: before ? times(inner, right) : times(left, inner) };
  });
  return fit(total(parts), shape);
}

/** The sum of a batch of matrices: products are stacked and multiplied as one. `batch` is that of the matrix. */
export function summed(terms: Terms, batch: Shape, shape: Shape): Tensor {
  const parts = terms.map((term) => ({ ...term, scale: undefined, value: sumOfTerm(term, batch) }));
  return fit(total(parts), shape);
}

function sumOfTerm(term: Term, batch: Shape): Tensor {
  const { left, right } = term;
  if (right === undefined) {
    const value = scaledPlain(term);
    return value.shape.length === 2 ? mul(value, sizeOf(batch)) : sumOfBatch(value, batch);
  }
  const [a, b] = [left, right].map(({ x }) => x.shape.length > 2) as [boolean, boolean];
  if (!a && !b) return mul(times(left, right), sizeOf(batch));
  if (!a) return times(left, { ...right, x: sumOfBatch(right.x, batch) });
  if (!b) return times({ ...left, x: sumOfBatch(left.x, batch) }, right);
  const whole = [left, right].every(({ x }) => sameShape(x.shape.slice(0, -2), batch));
  if (!whole) return sumOfBatch(times(left, right), batch);
  return matmul(rows(left), rows(flip(right)), { transposeA: true });
}

function scaledPlain({ left, scale }: Term): Tensor {
  const x = left.transposed ? transpose(left.x) : left.x;
  return scale === undefined ? x : mul(x, scale);
}

/** `[..., m, k]` as `[... k, m]`: one row for every row of the transposed matrices. */
function rows({ x, transposed: lies }: Factor): Tensor {
  const upright = lies ? x : transpose(x);
  return reshape(upright, [sizeOf(upright.shape.slice(0, -1)), upright.shape.at(-1)!]);
}

function sumOfBatch(x: Tensor, batch: Shape): Tensor {
  const face = x.shape.slice(-2);
  return sumTo(expand(x, [...batch, ...face]), face);
}

/** `sum(M * other)` over both axes of the matrices at least; axes are counted as in `other`. */
export function innerProduct(terms: Terms, other: Tensor, axes: readonly number[], shape: Shape): Tensor {
  const whole: Factor = { x: other, transposed: false };
  const parts = terms.map((term) => {
    const { left, right } = term;
    if (right === undefined)
      return { ...term, scale: undefined, value: sum(mul(scaledPlain(term), other), axes, true) };
    const pulled = right.transposed ? times(flip(whole), left) : times(flip(left), whole);
    return { ...term, value: sum(mul(pulled, right.x), axes, true) };
  });
  return fit(total(parts), shape);
}

function times(a: Factor, b: Factor): Tensor {
  return matmul(a.x, b.x, { transposeA: a.transposed, transposeB: b.transposed });
}

/** Adds up signed parts, those with a plus first. */
function total(parts: readonly (Pick<Term, "sign" | "scale"> & { readonly value: Tensor })[]): Tensor {
  const ordered = parts.toSorted((a, b) => b.sign - a.sign);
  const [first, ...rest] = ordered.map(({ sign, scale, value }) => ({
    sign,
    value: scale === undefined ? value : mul(value, scale),
  }));
  const minus = first!.sign === -1;
  const sumOfAll = rest.reduce(
    (sofar, { sign, value }) => (sign === -1 && !minus ? sub : add)(sofar, value),
    first!.value,
  );
  return minus ? neg(sumOfAll) : sumOfAll;
}

function fit(x: Tensor, shape: Shape): Tensor {
  return sizeOf(x.shape) === sizeOf(shape) ? reshape(x, shape) : expand(x, shape);
}
