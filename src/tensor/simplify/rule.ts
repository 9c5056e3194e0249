import type { Tensor } from "../tensor.ts";

/** One rewriting: a simpler tensor of the same shape, dtype and value, or `undefined` where it does not apply. */
export interface Rule {
  readonly name: string;
  readonly apply: (node: Tensor) => Tensor | undefined;
}

/** A rule for some operators only. */
export function rule(name: string, ops: string | readonly string[], apply: Rule["apply"]): Rule {
  const names = new Set(typeof ops === "string" ? [ops] : ops);
  return { name, apply: (node) => (names.has(node.op.name) ? apply(node) : undefined) };
}

/** The node if an operator of this name made it. */
export function madeBy(op: string, node: Tensor | undefined): Tensor | undefined {
  return node?.op.name === op ? node : undefined;
}
