import { apply, type Tensor } from "../tensor.ts";

/** The outputs computed with other tensors `instead` of some; these may use one another. */
export function replace(outputs: readonly Tensor[], instead: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const done = new Map<Tensor, Tensor>();
  const pending = [...outputs];
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    const other = instead.get(node);
    const reads = other === undefined || other === node ? node.inputs : [other];
    const missing = reads.filter((x) => !done.has(x));
    if (missing.length > 0) {
      pending.push(...missing);
      continue;
    }
    pending.pop();
    const inputs = reads.map((x) => done.get(x)!);
    if (reads !== node.inputs) done.set(node, inputs[0]!);
    else
      done.set(
        node,
        inputs.every((x, i) => x === node.inputs[i]) ? node : apply(node.op, inputs, node.attributes),
      );
  }
  return outputs.map((x) => done.get(x)!);
}
