import { constant } from "../ops/leaf.ts";
import { evaluateNode } from "../reference/interpreter.ts";
import { type HostArray, sizeOf, type Tensor } from "../tensor.ts";
import type { Rule } from "./rule.ts";

/** Results of constant folding larger than this stay computed: they would only make the file bigger. */
const FOLD_LIMIT = 4096;

export function constantData(node: Tensor): HostArray {
  return (node as Tensor<{ data: HostArray }>).attributes.data;
}

/** The number that every element is, of a constant or of an expanded one. */
export function uniformValue(node: Tensor | undefined): number | undefined {
  if (node?.op.name === "expand") return uniformValue(node.inputs[0]);
  if (node?.op.name !== "constant") return undefined;
  const data = constantData(node);
  const [first] = data;
  return first !== undefined && data.every((x) => x === first) ? first : undefined;
}

/** Operators of constants only are computed now, in float64. An expanded constant stays: a file holds it as one number. */
export const foldConstants: Rule = {
  name: "fold constants",
  apply(node) {
    const foldable = node.inputs.length > 0 && node.inputs.every((x) => x.op.name === "constant");
    if (!foldable || node.op.name === "expand" || sizeOf(node.shape) > FOLD_LIMIT) return undefined;
    const values = node.inputs.map((x) => ({ shape: x.shape, data: Float64Array.from(constantData(x)) }));
    return constant(evaluateNode(node, values).data, node.shape, node.dtype);
  },
};
