import { broadcastShapes, forEachBroadcast } from "../shape.ts";
import {
  apply,
  type Op,
  type ReferenceValue,
  type Shape,
  shapeError,
  sizeOf,
  type Tensor,
} from "../tensor.ts";
import { checkFloats } from "./axes.ts";
import { padRank, reshape, sum, sumTo } from "./broadcast.ts";
import { mul } from "./elementwise.ts";
import { squeeze, unsqueeze } from "./structure.ts";

/** Which side is read transposed, its last two axes swapped. */
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

type MatmulAttributes = Required<MatmulOptions>;

/** `[rows, columns]` of the last two axes, after transposition. */
function face(shape: Shape, transposed: boolean): [number, number] {
  const [rows, columns] = [shape.at(-2) ?? 0, shape.at(-1) ?? 0];
  return transposed ? [columns, rows] : [rows, columns];
}

const matmulOp: Op<MatmulAttributes> = {
  name: "matmul",
  infer(inputs, { transposeA, transposeB }) {
    const [a, b] = inputs as [Tensor, Tensor];
    const [m, inner] = face(a.shape, transposeA);
    const [rows, n] = face(b.shape, transposeB);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (
      a.shape.length < 2 ||
      b.shape.length < 2 ||
      inner !== rows ||
      batch === undefined ||
      a.dtype !== "float32" ||
      b.dtype !== "float32"
    ) {
      throw shapeError(
        `matmul(transposeA ${transposeA}, transposeB ${transposeB})`,
        inputs,
        "float32 [..., m, k] and [..., k, n]",
      );
    }
    return { shape: [...batch, m, n], dtype: "float32" };
  },
  vjp(node, c) {
    const [a, b] = node.inputs as [Tensor, Tensor];
    const { transposeA, transposeB } = node.attributes;
    const da = transposeA
      ? matmul(b, c, { transposeA: transposeB, transposeB: true })
      : matmul(c, b, { transposeB: !transposeB });
    const db = transposeB
      ? matmul(c, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, c, { transposeA: !transposeA });
    return [sumTo(da, a.shape), sumTo(db, b.shape)];
  },
  reference([a, b], node, out) {
    const batch = node.shape.slice(0, -2);
    const starts = [a!, b!].map((x) => batchStarts(x, batch));
    const cell = node.shape.at(-2)! * node.shape.at(-1)!;
    for (let i = 0; i < sizeOf(batch); i++) {
      multiply(
        a!.data.subarray(starts[0]![i]),
        b!.data.subarray(starts[1]![i]),
        out.subarray(i * cell, (i + 1) * cell),
        node,
      );
    }
  },
  lower(emit, [a, b], node) {
    const flip = (name: string, rank: number): string => {
      const perm = Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
      return emit.node("Transpose", [name], { perm });
    };
    const { transposeA, transposeB } = node.attributes;
    const left = transposeA ? flip(a!, node.inputs[0]!.shape.length) : a!;
    const right = transposeB ? flip(b!, node.inputs[1]!.shape.length) : b!;
    return emit.node("MatMul", [left, right]);
  },
  /** A matrix that all share meets the whole stack at once, see `matmul`. */
  batch(node, inputs, stacked) {
    const [a, b] = inputs.map((x, i) => (stacked[i] ? padRank(x, node.shape.length) : x));
    return matmul(a!, b!, node.attributes);
  },
};

function batchStarts(x: ReferenceValue, batch: Shape): number[] {
  const cell = x.shape.at(-2)! * x.shape.at(-1)!;
  const starts: number[] = [];
  forEachBroadcast(x.shape.slice(0, -2), batch, (to, from) => {
    starts[to] = from * cell;
  });
  return starts;
}

function multiply(a: Float64Array, b: Float64Array, out: Float64Array, node: Tensor<MatmulAttributes>): void {
  const { transposeA, transposeB } = node.attributes;
  const [m, inner] = face(node.inputs[0]!.shape, transposeA);
  const n = node.shape.at(-1)!;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let k = 0; k < inner; k++)
        total += a[transposeA ? k * m + i : i * inner + k]! * b[transposeB ? j * inner + k : k * n + j]!;
      out[i * n + j] = total;
    }
  }
}

/**
 * Matrix product of the last two axes, broadcast over the leading ones; either side may be read transposed.
 * `[..., m, k] x [..., k, n] -> [..., m, n]`. A batch times one shared matrix becomes a single large product.
 *
 * @throws SHAPE when inner sizes differ or leading axes do not broadcast; with both operands
 * @example matmul(x, w, { transposeB: true }) // [tasks, rows, n] x [m, n] -> [tasks, rows, m]
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  const lead = a.shape.slice(0, -2);
  if (a.shape.length > 2 && b.shape.length === 2 && !transposeA) {
    const folded = apply(matmulOp, [reshape(a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1)!]), b], {
      transposeA,
      transposeB,
    });
    return reshape(folded, [...lead, a.shape.at(-2)!, folded.shape[1]!]);
  }
  return apply(matmulOp, [a, b], { transposeA, transposeB });
}

/**
 * `x . y` over the last axis, broadcast over the others. `[..., n], [..., n] -> [...]`
 *
 * @throws SHAPE when the vectors are of different length
 * @example dot(user, item)
 */
export function dot(x: Tensor, y: Tensor): Tensor {
  const fits = broadcastShapes(x.shape, y.shape) !== undefined && x.shape.at(-1) === y.shape.at(-1);
  if (!fits || x.shape.length === 0) throw shapeError("dot", [x, y], "vectors [..., n] and [..., n]");
  checkFloats("dot", x, y);
  return sum(mul(x, y), -1);
}

/**
 * A matrix times a vector, broadcast over the leading axes. `[..., m, n], [..., n] -> [..., m]`
 *
 * @throws SHAPE when they do not fit
 * @example matvec(covariance, features)
 */
export function matvec(a: Tensor, x: Tensor): Tensor {
  const fits = a.shape.length >= 2 && x.shape.length >= 1 && a.shape.at(-1) === x.shape.at(-1);
  if (!fits || broadcastShapes(a.shape.slice(0, -2), x.shape.slice(0, -1)) === undefined)
    throw shapeError("matvec", [a, x], "a matrix [..., m, n] and a vector [..., n]");
  checkFloats("matvec", a, x);
  return squeeze(matmul(a, unsqueeze(x, -1)), -1);
}
