import { sameShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { innerProduct, multiplied, summed, type Terms } from "./terms.ts";

/** A node that can be computed from a matrix given as a sum, so that the matrix itself is never needed. */
export interface Use {
  /** Computed otherwise if the matrix is kept as a sum. */
  readonly result: Tensor;
  /** What dies with it. */
  readonly between: readonly Tensor[];
  readonly build: (terms: Terms) => Tensor;
}

/** How `user` uses `matrix`; `undefined` where it needs every element. */
export function usesOf(
  matrix: Tensor,
  user: Tensor,
  usersOf: ReadonlyMap<Tensor, readonly Tensor[]>,
): readonly Use[] | undefined {
  if (user.op.name === "matmul") return multiplication(matrix, user);
  if (user.op.name === "sum") return sumOverBatch(matrix, user);
  if (user.op.name === "mul") return innerProducts(matrix, user, usersOf.get(user) ?? []);
  return undefined;
}

function multiplication(matrix: Tensor, user: Tensor): readonly Use[] | undefined {
  const [a, b] = user.inputs as [Tensor, Tensor];
  const { transposeA, transposeB } = user.attributes as { transposeA: boolean; transposeB: boolean };
  if (a === b) return undefined;
  const before = matrix === b;
  const read = before ? transposeB : transposeA;
  const other = before ? { x: a, transposed: transposeA } : { x: b, transposed: transposeB };
  const build = (terms: Terms): Tensor => multiplied(terms, { other, before, read }, user.shape);
  return [{ result: user, between: [], build }];
}

function sumOverBatch(matrix: Tensor, user: Tensor): readonly Use[] | undefined {
  const { axes } = user.attributes as { readonly axes: readonly number[] };
  const batch = matrix.shape.slice(0, -2);
  if (!sameShape(axes, [...batch.keys()])) return undefined;
  return [{ result: user, between: [], build: (terms) => summed(terms, batch, user.shape) }];
}

/** Sums of the elements of `matrix * other`. */
function innerProducts(matrix: Tensor, user: Tensor, users: readonly Tensor[]): readonly Use[] | undefined {
  const [a, b] = user.inputs as [Tensor, Tensor];
  const rank = matrix.shape.length;
  const axesOf = (x: Tensor): readonly number[] => (x.attributes as { axes: readonly number[] }).axes;
  const whole = (x: Tensor): boolean =>
    x.op.name === "sum" && axesOf(x).includes(rank - 1) && axesOf(x).includes(rank - 2);
  if (a === b || !sameShape(a.shape, b.shape) || users.length === 0 || !users.every(whole)) return undefined;
  const other = matrix === a ? b : a;
  return users.map((result) => ({
    result,
    between: [user],
    build: (terms) => innerProduct(terms, other, axesOf(result), result.shape),
  }));
}
