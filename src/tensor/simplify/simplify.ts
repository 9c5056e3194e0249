import { ForetasteError } from "../../base/errors.ts";
import { topological } from "../grad.ts";
import { sameShape } from "../shape.ts";
import { apply, formatShape, type Tensor } from "../tensor.ts";
import { algebra } from "./algebra.ts";
import { foldConstants } from "./constants.ts";
import { keyOf } from "./equal.ts";
import { keepFactors } from "./factors/factors.ts";
import { layout, movement } from "./movement.ts";
import { products } from "./products.ts";
import type { Rule } from "./rule.ts";
import { sliceFirst } from "./slices.ts";
import { shareTransposed } from "./twins.ts";

const rules: readonly Rule[] = [...algebra, ...movement, ...products, foldConstants];
const withLayout: readonly Rule[] = [...rules, ...layout];

/** Far more passes than any graph needs; a rule that undoes another would go on for ever. */
const PASSES = 50;

/**
 * Rewrites outputs to an equivalent smaller graph: rules (each one row in `algebra.ts`, `movement.ts`,
 * `products.ts`, `constants.ts`), equal subexpressions shared, dead nodes dropped, until nothing changes. Inputs are kept as they
 * are. Numbers may differ by rounding, and `0 * x` is 0 even where `x` is not finite.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const settled = new Set<string>();
  let current = rewriteAll(outputs, rules);
  for (let i = 0; i < PASSES; i++) {
    const next = rewriteAll(shareTransposed(sliceFirst(keepFactors(current, settled))), rules);
    if (next.every((x, at) => x === current[at])) break;
    current = next;
  }
  return rewriteAll(current, withLayout);
}

function rewriteAll(outputs: readonly Tensor[], by: readonly Rule[]): Tensor[] {
  let current = [...outputs];
  for (let i = 0; i < PASSES; i++) {
    const next = pass(current, by);
    if (next.every((x, at) => x === current[at])) return next;
    current = next;
  }
  return current;
}

function pass(outputs: readonly Tensor[], by: readonly Rule[]): Tensor[] {
  const rewritten = new Map<Tensor, Tensor>();
  const known = new Map<string, Tensor>();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((x) => rewritten.get(x)!);
    const changed = inputs.some((x, i) => x !== node.inputs[i]);
    const simple = rewrite(changed ? apply(node.op, inputs, node.attributes) : node, by);
    const key = keyOf(simple);
    const shared = key === undefined ? simple : (known.get(key) ?? simple);
    if (key !== undefined) known.set(key, shared);
    rewritten.set(node, shared);
  }
  return outputs.map((x) => rewritten.get(x)!);
}

function rewrite(node: Tensor, by: readonly Rule[]): Tensor {
  for (const { name, apply: applyRule } of by) {
    const simple = applyRule(node);
    if (simple === undefined) continue;
    if (sameShape(simple.shape, node.shape) && simple.dtype === node.dtype) return simple;
    const [expected, got] = [node, simple].map((t) => `${t.op.name} ${t.dtype}${formatShape(t.shape)}`);
    throw new ForetasteError("INTERNAL", { where: `rule "${name}"`, expected: expected!, got: got! });
  }
  return node;
}
