import { type ReferenceValue, sizeOf, type Tensor } from "../tensor.ts";

/** Runs one node's float64 kernel. */
export function evaluateNode(node: Tensor, inputs: readonly ReferenceValue[]): ReferenceValue {
  const data = new Float64Array(sizeOf(node.shape));
  node.op.reference(inputs, node, data);
  return { shape: node.shape, data };
}
