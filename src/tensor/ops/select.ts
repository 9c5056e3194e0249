import { broadcastShapes, forEachBroadcast } from "../shape.ts";
import { apply, calledAs, type DType, type Op, shapeError, type Tensor } from "../tensor.ts";
import { expand, sumTo } from "./broadcast.ts";
import { asTensors, type Operand, zeros } from "./leaf.ts";

const ONNX_TYPE: Readonly<Partial<Record<DType, number>>> = { float32: 1, int32: 6, bool: 9 };

const castOp: Op<{ readonly to: DType }> = {
  name: "cast",
  infer: ([x], { to }) => ({ shape: x!.shape, dtype: to }),
  vjp: (node, cotangent) => [
    node.inputs[0]!.dtype === "float32" && node.dtype === "float32" ? cotangent : undefined,
  ],
  reference([x], node, out) {
    const to = node.attributes.to;
    for (let i = 0; i < out.length; i++)
      out[i] =
        to === "bool" ? Number(x!.data[i] !== 0) : to === "int32" ? Math.trunc(x!.data[i]!) : x!.data[i]!;
  },
  lower: (emit, [x], node) => emit.node("Cast", [x!], { to: ONNX_TYPE[node.attributes.to]! }),
};

/**
 * Another dtype: fractions are cut off, what is not zero is true. No gradient flows unless both are float32.
 *
 * @example cast(greater(x, 0), "float32")
 */
export function cast(x: Tensor, to: DType): Tensor {
  if (!(to in ONNX_TYPE)) throw shapeError("cast", [x], `float32, int32 or bool, not ${to}`);
  return x.dtype === to ? x : apply(castOp, [x], { to });
}

const whereOp: Op<null> = {
  name: "where",
  infer(inputs) {
    const [condition, a, b] = inputs as [Tensor, Tensor, Tensor];
    const ab = broadcastShapes(a.shape, b.shape);
    const shape = ab && broadcastShapes(condition.shape, ab);
    if (shape === undefined || condition.dtype !== "bool" || a.dtype !== b.dtype) {
      throw shapeError("where", inputs, "a bool condition, equal dtypes and shapes that broadcast");
    }
    return { shape, dtype: a.dtype };
  },
  vjp(node, cotangent) {
    const [condition, a, b] = node.inputs as [Tensor, Tensor, Tensor];
    const none = zeros([]);
    return [
      undefined,
      sumTo(where(condition, cotangent, none), a.shape),
      sumTo(where(condition, none, cotangent), b.shape),
    ];
  },
  reference([condition, a, b], node, out) {
    const chosen = new Float64Array(out.length);
    forEachBroadcast(condition!.shape, node.shape, (to, from) => {
      chosen[to] = condition!.data[from]!;
    });
    for (const [source, wanted] of [
      [a!, true],
      [b!, false],
    ] as const) {
      forEachBroadcast(source.shape, node.shape, (to, from) => {
        if ((chosen[to] !== 0) === wanted) out[to] = source.data[from]!;
      });
    }
  },
  lower: (emit, inputs) => emit.node("Where", inputs),
};

/**
 * `a` where the condition holds, else `b`; all three broadcast. Gradients flow to what was chosen.
 *
 * @param condition bool
 * @throws SHAPE when they do not broadcast, or `a` and `b` are of different dtypes
 * @example where(mask, scores, -1e9)
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return apply(whereOp, [condition, ...asTensors("where", a, b)], null);
}

/**
 * Booleans as numbers 0 and 1, broadcast to a shape; no gradient.
 *
 * @example sum(mul(losses, indicator(mask)))
 */
export function indicator(condition: Tensor, shape: readonly number[] = condition.shape): Tensor {
  return calledAs("indicator", () => expand(cast(condition, "float32"), shape));
}
