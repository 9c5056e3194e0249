import { topological } from "../grad.ts";
import type { MatmulOptions } from "../ops/matmul.ts";
import { transpose } from "../ops/structure.ts";
import type { Tensor } from "../tensor.ts";
import { replace } from "./replace.ts";

/**
 * `B^T A^T` is `(A B)^T`: where both are made, and only products read the second, that is the first, read transposed. The
 * derivative of a Gram matrix asks for both.
 */
export function shareTransposed(outputs: readonly Tensor[]): Tensor[] {
  const order = topological(outputs);
  const readOtherwise = new Set<Tensor>(outputs);
  for (const node of order) if (node.op.name !== "matmul") for (const x of node.inputs) readOtherwise.add(x);
  const made = new Map<string, Tensor>();
  const instead = new Map<Tensor, Tensor>();
  for (const node of order) {
    if (node.op.name !== "matmul") continue;
    const twin = readOtherwise.has(node) ? undefined : made.get(factorsOf(node, true));
    if (twin === undefined) made.set(factorsOf(node, false), node);
    else instead.set(node, transpose(twin));
  }
  return instead.size === 0 ? [...outputs] : replace(outputs, instead);
}

/** What a product is made of, or what its transpose is. */
function factorsOf({ inputs, attributes }: Tensor, transposed: boolean): string {
  const { transposeA, transposeB } = attributes as Required<MatmulOptions>;
  const [a, b] = inputs.map((x) => x.id);
  return transposed ? `${b} ${!transposeB} ${a} ${!transposeA}` : `${a} ${transposeA} ${b} ${transposeB}`;
}
