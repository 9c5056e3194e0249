import { topological } from "../src/tensor/grad.ts";
import { evaluateNode } from "../src/tensor/reference/interpreter.ts";
import type { ReferenceValue, Tensor } from "../src/tensor/tensor.ts";

/**
 * The outputs in float64, node by node and not simplified, so that what is checked is the graph as it was traced.
 *
 * @param feeds row-major numbers of every input tensor
 */
export function evaluate(
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, ArrayLike<number>>,
): Float64Array[] {
  const values = new Map<Tensor, ReferenceValue>();
  for (const node of topological(outputs)) {
    const fed = feeds.get(node);
    if (fed !== undefined) values.set(node, { shape: node.shape, data: Float64Array.from(fed) });
    else
      values.set(
        node,
        evaluateNode(
          node,
          node.inputs.map((x) => values.get(x) as ReferenceValue),
        ),
      );
  }
  return outputs.map((output) => (values.get(output) as ReferenceValue).data);
}
