import { apply, type Emitter, type Op, shapeError, sizeOf, type Tensor } from "../tensor.ts";
import { neg } from "./elementwise.ts";
import { matmul } from "./matmul.ts";

const inverseSpdOp: Op<null> = {
  name: "inverseSpd",
  infer(inputs) {
    const [a] = inputs as [Tensor];
    const square = a.shape.length >= 2 && a.shape.at(-1) === a.shape.at(-2) && a.shape.at(-1) !== 0;
    if (!square || a.dtype !== "float32")
      throw shapeError("inverseSpd", inputs, "square float32 matrices [..., n, n]");
    return { shape: a.shape, dtype: "float32" };
  },
  vjp(node, cotangent) {
    const x = node as Tensor;
    return [neg(matmul(matmul(x, cotangent, { transposeA: true }), x, { transposeB: true }))];
  },
  reference([a], node, out) {
    const n = node.shape.at(-1)!;
    for (let i = 0; i < sizeOf(node.shape.slice(0, -2)); i++) {
      invertByGaussJordan(
        a!.data.slice(i * n * n, (i + 1) * n * n),
        out.subarray(i * n * n, (i + 1) * n * n),
        n,
      );
    }
  },
  lower: (emit, [a], node) =>
    blockInverse(new MatrixEmitter(emit, node.shape.length), a!, node.shape.at(-1)!),
};

/**
 * Inverse of symmetric positive definite matrices. `[..., n, n] -> [..., n, n]`
 *
 * ONNX has no solver. The lowering halves the matrix recursively and inverts by Schur complements, so it needs
 * matmuls only, runs on every device, and is exact up to rounding: no iteration count, no tolerance. The derivative
 * is implicit, `dA = -X^T dX X^T`, and reuses the inverse.
 *
 * @throws SHAPE when matrices are not square
 * @example matmul(inverseSpd(a), b)
 */
export function inverseSpd(a: Tensor): Tensor {
  return apply(inverseSpdOp, [a], null);
}

/**
 * Solves `A X = B` for symmetric positive definite `A`. `[..., n, n], [..., n, m] -> [..., n, m]`. Implicit derivative, as
 * that of `inverseSpd`.
 *
 * @throws SHAPE when sides do not fit
 * @example const weights = solveSpd(add(gram, mul(ridge, identity)), moments);
 */
export function solveSpd(a: Tensor, b: Tensor): Tensor {
  const square = a.shape.length >= 2 && a.shape.at(-1) === a.shape.at(-2);
  if (!square || b.shape.length < 2 || b.shape.at(-2) !== a.shape.at(-1))
    throw shapeError("solveSpd", [a, b], "square matrices [..., n, n] and right sides [..., n, m]");
  return matmul(inverseSpd(a), b);
}

class MatrixEmitter {
  readonly emit: Emitter;
  readonly rank: number;

  constructor(emit: Emitter, rank: number) {
    this.emit = emit;
    this.rank = rank;
  }

  block(x: string, rows: readonly [number, number], columns: readonly [number, number]): string {
    const axes = this.emit.ints([this.rank - 2, this.rank - 1]);
    return this.emit.node("Slice", [
      x,
      this.emit.ints([rows[0], columns[0]]),
      this.emit.ints([rows[1], columns[1]]),
      axes,
    ]);
  }

  transposed(x: string): string {
    const perm = Array.from({ length: this.rank }, (_, i) => (i < this.rank - 2 ? i : 2 * this.rank - 3 - i));
    return this.emit.node("Transpose", [x], { perm });
  }
}

/** onnxruntime's own kernel is faster than hundreds of small nodes and slower than large products. */
const VENDOR_SIZE = 64;

/**
 * With `A = [[P, Q], [Q^T, R]]`, `W = P^-1 Q` and the Schur complement `S = R - Q^T W`:
 * `A^-1 = [[P^-1 + W S^-1 W^T, -W S^-1], [., S^-1]]` (Boyd and Vandenberghe, Convex Optimization, A.5.5).
 */
function blockInverse(m: MatrixEmitter, a: string, n: number): string {
  const { emit } = m;
  if (n === 1) return emit.node("Reciprocal", [a]);
  if (n <= VENDOR_SIZE && emit.vendor !== undefined) return emit.vendor("Inverse", [a]);
  const half = n >> 1;
  const q = m.block(a, [0, half], [half, n]);
  const pInverse = blockInverse(m, m.block(a, [0, half], [0, half]), half);
  const w = emit.node("MatMul", [pInverse, q]);
  const schur = emit.node("Sub", [
    m.block(a, [half, n], [half, n]),
    emit.node("MatMul", [m.transposed(q), w]),
  ]);
  const sInverse = blockInverse(m, schur, n - half);
  const corner = emit.node("MatMul", [w, sInverse]);
  const top = emit.node("Add", [pInverse, emit.node("MatMul", [corner, m.transposed(w)])]);
  const right = emit.node("Neg", [corner]);
  const upper = emit.node("Concat", [top, right], { axis: m.rank - 1 });
  const lower = emit.node("Concat", [m.transposed(right), sInverse], { axis: m.rank - 1 });
  return emit.node("Concat", [upper, lower], { axis: m.rank - 2 });
}

/** Gauss-Jordan with partial pivoting; deliberately another method than the lowering, because it is its oracle. */
function invertByGaussJordan(a: Float64Array, out: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let r = column + 1; r < n; r++)
      if (Math.abs(a[r * n + column]!) > Math.abs(a[pivot * n + column]!)) pivot = r;
    for (const m of [a, out]) swapRows(m, n, column, pivot);
    const scale = 1 / a[column * n + column]!;
    for (const m of [a, out]) for (let j = 0; j < n; j++) m[column * n + j]! *= scale;
    for (let r = 0; r < n; r++) {
      const factor = r === column ? 0 : a[r * n + column]!;
      if (factor !== 0)
        for (const m of [a, out]) for (let j = 0; j < n; j++) m[r * n + j]! -= factor * m[column * n + j]!;
    }
  }
}

function swapRows(m: Float64Array, n: number, a: number, b: number): void {
  for (let j = 0; j < n; j++) [m[a * n + j], m[b * n + j]] = [m[b * n + j]!, m[a * n + j]!];
}
