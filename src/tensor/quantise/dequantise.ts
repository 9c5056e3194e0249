import { broadcastShapes, forEachBroadcast, sameShape } from "../shape.ts";
import { apply, type Op, shapeError, type Tensor } from "../tensor.ts";

const FLOAT = 1;

const dequantiseOp: Op<null> = {
  name: "dequantise",
  infer(inputs) {
    const [values, scales] = inputs as [Tensor, Tensor];
    const shape = broadcastShapes(values.shape, scales.shape);
    const fits = shape !== undefined && sameShape(shape, values.shape);
    if (!fits || values.dtype !== "int8" || scales.dtype !== "float32")
      throw shapeError("dequantise", inputs, "int8 values and float32 scales that broadcast to them");
    return { shape, dtype: "float32" };
  },
  vjp: () => [],
  reference([values, scales], node, out) {
    forEachBroadcast(scales!.shape, node.shape, (to, from) => {
      out[to] = values!.data[to]! * scales!.data[from]!;
    });
  },
  lower: (emit, [values, scales]) => emit.node("Mul", [emit.node("Cast", [values!], { to: FLOAT }), scales!]),
};

/**
 * Weights kept in 8 bits: `values * scales` as float32. `int8 [...], float32 broadcasting to it -> [...]`; no gradient flows.
 * A program compiled with `quantise` multiplies with them in integers, if scales are by column, and reads only the rows it
 * needs of a table, if they are by row.
 *
 * @throws SHAPE when the scales do not broadcast to the values
 * @example dequantise(input("values", [k, n], "int8"), input("scales", [n])); // a weight for matmul
 */
export function dequantise(values: Tensor, scales: Tensor): Tensor {
  return apply(dequantiseOp, [values, scales], null);
}
