import { ForetasteError } from "../../base/errors.ts";
import { broadcastShapes, sameShape } from "../shape.ts";
import { apply, type Op, type Shape, shapeError, sizeOf, type Tensor } from "../tensor.ts";
import { axisOf } from "./axes.ts";
import { expand, padRank, sumTo } from "./broadcast.ts";
import { add, mul, rsqrt, square, sub } from "./elementwise.ts";
import { constant } from "./leaf.ts";
import { mean } from "./reduce.ts";
import { cast } from "./select.ts";

interface LayerNormAttributes {
  /** How many axes at the end are one layer. */
  readonly axes: number;
  readonly epsilon: number;
}

const layerNormOp: Op<LayerNormAttributes> = {
  name: "layerNorm",
  infer(inputs, { axes }) {
    const [x, scale, bias] = inputs as [Tensor, Tensor, Tensor];
    const layer = x.shape.slice(-axes);
    const fits = [scale, bias].every((t) => sameShape(t.shape, layer)) && sizeOf(layer) > 0;
    if (!fits || inputs.some((t) => t.dtype !== "float32"))
      throw shapeError("layerNorm", inputs, "float32 [..., n], a scale [n] and a bias [n]");
    return { shape: x.shape, dtype: "float32" };
  },
  vjp(node, cotangent) {
    const [x, scale, bias] = node.inputs as [Tensor, Tensor, Tensor];
    const last = lastAxes(node);
    const average = (t: Tensor): Tensor => mean(t, last, true);
    const centred = sub(x, average(x));
    const inverse = rsqrt(add(average(square(centred)), node.attributes.epsilon));
    const normal = mul(centred, inverse);
    const scaled = mul(cotangent, scale);
    const sideways = add(average(scaled), mul(normal, average(mul(scaled, normal))));
    return [
      mul(inverse, sub(scaled, sideways)),
      sumTo(mul(cotangent, normal), scale.shape),
      sumTo(cotangent, bias.shape),
    ];
  },
  reference([x, scale, bias], node, out) {
    const n = sizeOf(scale!.shape);
    for (let start = 0; start < out.length; start += n) {
      const line = x!.data.subarray(start, start + n);
      const [centre, inverse] = moments(line, node.attributes.epsilon);
      for (let i = 0; i < n; i++)
        out[start + i] = (line[i]! - centre) * inverse * scale!.data[i]! + bias!.data[i]!;
    }
  },
  lower: (emit, inputs, { attributes: { axes, epsilon } }) =>
    emit.node("LayerNormalization", inputs, { axis: -axes, epsilon: { float: epsilon } }),
  /** Shared scale and bias stay with the kernel; stacked ones are applied after it. */
  batch(node, [x, scale, bias], [, ownScale, ownBias]) {
    if (!ownScale && !ownBias) return apply(layerNormOp, [x!, scale!, bias!], node.attributes);
    const layer = node.inputs[1]!.shape;
    const plain = [x!, expand(constant(1), layer), expand(constant(0), layer)];
    const rank = node.shape.length;
    const scaled = mul(apply(layerNormOp, plain, node.attributes), ownScale ? padRank(scale!, rank) : scale!);
    return add(scaled, ownBias ? padRank(bias!, rank) : bias!);
  },
};

const lastAxes = (node: Tensor<LayerNormAttributes>): number[] =>
  Array.from({ length: node.attributes.axes }, (_, i) => i - node.attributes.axes);

/** Mean, and one over the standard deviation. */
function moments(line: Float64Array, epsilon: number): [number, number] {
  const centre = line.reduce((a, b) => a + b, 0) / line.length;
  const variance = line.reduce((a, b) => a + (b - centre) ** 2, 0) / line.length;
  return [centre, 1 / Math.sqrt(variance + epsilon)];
}

/** What is one layer, and what is added to its variance (1e-5 by default). */
export interface LayerNormOptions {
  /** The first of the axes that are normalised together; the last by default. */
  readonly axis?: number;
  readonly epsilon?: number;
}

/**
 * Numbers of one layer with mean 0 and variance 1, then scaled and moved: `(x - m) / sqrt(v + epsilon) * scale + bias`.
 * `[..., n], [n], [n] -> [..., n]` (Ba, Kiros and Hinton 2016, eq. 4)
 *
 * @throws SHAPE when scale or bias are not of the shape of a layer
 * @example const y = layerNorm(x, input("scale", [64]), input("bias", [64]));
 */
export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, options: LayerNormOptions = {}): Tensor {
  const { axis = -1, epsilon = 1e-5 } = options;
  const axes = x.shape.length - axisOf("layerNorm", x, axis);
  return apply(layerNormOp, [x, scale, bias], { axes, epsilon });
}

/**
 * Keeps what the mask marks, scaled by `1 / (1 - rate)` so that the mean stays (Srivastava et al. 2014, section 10).
 * The mask is an input, drawn by who runs the program, so that a run can be repeated.
 *
 * @param mask bool or 0 and 1, true for what stays, of a shape that broadcasts to that of `x`
 * @param rate share that is dropped, in `[0, 1)`
 * @example const h = dropout(relu(z), input("mask", [rows, 64], "bool"), 0.1);
 */
export function dropout(x: Tensor, mask: Tensor, rate: number): Tensor {
  checkDropout(x, mask, rate);
  return mul(x, mul(cast(mask, "float32"), 1 / (1 - rate)));
}

function checkDropout(x: Tensor, mask: Tensor, rate: number): void {
  const shape: Shape = broadcastShapes(x.shape, mask.shape) ?? [];
  if (!sameShape(shape, x.shape) || x.dtype !== "float32")
    throw shapeError("dropout", [x, mask], "float32 and a mask that broadcasts to its shape");
  if (rate >= 0 && rate < 1) return;
  const parts = { expected: "a rate from 0 up to but without 1", got: String(rate) };
  throw new ForetasteError("SHAPE", { where: "operator dropout", ...parts });
}
