import { nodeCost } from "../../cost.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * Floating-point operations that take as long as moving one byte, and as starting one operator: orders of magnitude.
 * Second-order MAML compiles to much the same programs with others.
 */
const FLOPS_A_BYTE = 4;
const FLOPS_A_NODE = 60_000;

/** What a node costs in the time of floating-point operations. */
function priceOfNode(node: Tensor): number {
  const { flops, bytes } = nodeCost(node);
  return bytes === 0 ? 0 : flops + FLOPS_A_BYTE * bytes + FLOPS_A_NODE;
}

/** What it costs to compute `roots` when everything that `given` admits is there already. */
export function priceOf(roots: Iterable<Tensor>, given: (node: Tensor) => boolean): number {
  const seen = new Set<Tensor>();
  const pending = [...roots].filter((x) => !given(x));
  let price = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    price += priceOfNode(node);
    for (const x of node.inputs) if (!given(x)) pending.push(x);
  }
  return price;
}
