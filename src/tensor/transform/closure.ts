import { dependents } from "../grad.ts";
import { apply, type Tensor } from "../tensor.ts";

/** A traced function: copied with other leaves, it computes the same of them. */
export interface Traced {
  readonly leaves: readonly Tensor[];
  /** What depends on the leaves, inputs before users, the leaves left out. */
  readonly body: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** What it reads besides its leaves and gradients may flow to. */
  readonly captured: readonly Tensor[];
}

/** Finds what outputs depend on besides the leaves: closures need no declaring. */
export function traced(leaves: readonly Tensor[], outputs: readonly Tensor[]): Traced {
  const given = new Set(leaves);
  const { order, found } = dependents(outputs, given);
  const differentiated = order.filter((node) => found.has(node) && !given.has(node));
  const flags = flagsOf(differentiated, found);
  const body = [...flags, ...differentiated].sort((a, b) => a.id - b.id);
  const read = [...body.flatMap((node) => node.inputs), ...outputs].filter((x) => !found.has(x));
  const captured = [...new Set(read)].filter((x) => x.dtype === "float32" && x.op.name !== "constant");
  return { leaves, body, outputs, captured };
}

/**
 * Conditions that the nodes read, with what these are made of: they are made again from the numbers they compare, for
 * these are what a copy is given anew, such as those of one task of many.
 */
function flagsOf(nodes: readonly Tensor[], found: ReadonlySet<Tensor>): ReadonlySet<Tensor> {
  const flags = new Set<Tensor>();
  const pending = [...nodes];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const x of node.inputs) {
      if (found.has(x) || flags.has(x) || x.dtype === "float32" || x.inputs.length === 0) continue;
      flags.add(x);
      pending.push(x);
    }
  }
  return flags;
}

/** The outputs computed anew of other leaves and other captured tensors. */
export function retrace(
  { leaves, body, captured, outputs }: Traced,
  newLeaves: readonly Tensor[],
  newCaptured: readonly Tensor[],
): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  leaves.forEach((leaf, i) => replaced.set(leaf, newLeaves[i]!));
  captured.forEach((x, i) => replaced.set(x, newCaptured[i]!));
  const now = (x: Tensor): Tensor => replaced.get(x) ?? x;
  for (const node of body) replaced.set(node, apply(node.op, node.inputs.map(now), node.attributes));
  return outputs.map(now);
}
