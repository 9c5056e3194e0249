import { topological } from "./grad.ts";
import { constantOp } from "./ops/leaf.ts";
import { evaluateNode } from "./reference/interpreter.ts";
import { sameShape } from "./shape.ts";
import { apply, sizeOf, type Tensor } from "./tensor.ts";

/** Results of constant folding larger than this stay computed: they would only make the file bigger. */
const FOLD_LIMIT = 4096;

/**
 * Rewrites outputs to an equivalent smaller graph: constants folded, `x*1`, `x/1`, `x+0`, `x-0` removed, equal
 * subexpressions shared, dead nodes dropped. Inputs are kept as they are.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const rewritten = new Map<Tensor, Tensor>();
  const known = new Map<string, Tensor>();
  for (const node of topological(outputs)) {
    const inputs = node.inputs.map((x) => rewritten.get(x)!);
    const changed = inputs.some((x, i) => x !== node.inputs[i]);
    const rebuilt = changed ? apply(node.op, inputs, node.attributes) : node;
    const simple = identity(rebuilt) ?? fold(rebuilt) ?? rebuilt;
    const key = keyOf(simple);
    const shared = key === undefined ? simple : (known.get(key) ?? simple);
    if (key !== undefined) known.set(key, shared);
    rewritten.set(node, shared);
  }
  return outputs.map((x) => rewritten.get(x)!);
}

/** Two nodes with the same key compute the same value. Inputs and large constants are only equal to themselves. */
function keyOf(node: Tensor): string | undefined {
  if (node.op.name === "input") return undefined;
  if (node.op.name !== "constant")
    return `${node.op.name}|${JSON.stringify(node.attributes)}|${node.inputs.map((x) => x.id).join(",")}`;
  return sizeOf(node.shape) > 64
    ? undefined
    : `constant|${node.dtype}|${node.shape.join(",")}|${constantData(node).join(",")}`;
}

function constantData(node: Tensor): ArrayLike<number> & { join(separator: string): string } {
  return (node as Tensor<{ data: Float32Array }>).attributes.data;
}

/** All elements of a constant are this number. */
function isFilledWith(node: Tensor, value: number): boolean {
  return (
    node.op.name === "constant" && Array.prototype.every.call(constantData(node), (x: number) => x === value)
  );
}

const NEUTRAL: Readonly<Record<string, readonly [left: number | undefined, right: number]>> = {
  add: [0, 0],
  sub: [undefined, 0],
  mul: [1, 1],
  div: [undefined, 1],
};

function identity(node: Tensor): Tensor | undefined {
  const rule = NEUTRAL[node.op.name];
  const [a, b] = node.inputs;
  if (rule === undefined || a === undefined || b === undefined) return undefined;
  if (isFilledWith(b, rule[1]) && sameShape(a.shape, node.shape)) return a;
  if (rule[0] !== undefined && isFilledWith(a, rule[0]) && sameShape(b.shape, node.shape)) return b;
  return undefined;
}

function fold(node: Tensor): Tensor | undefined {
  const foldable = node.inputs.length > 0 && node.inputs.every((x) => x.op.name === "constant");
  if (!foldable || sizeOf(node.shape) > FOLD_LIMIT) return undefined;
  const values = node.inputs.map((x) => ({ shape: x.shape, data: Float64Array.from(constantData(x)) }));
  const { data } = evaluateNode(node, values);
  const host =
    node.dtype === "float32"
      ? Float32Array.from(data)
      : node.dtype === "int32"
        ? Int32Array.from(data)
        : Uint8Array.from(data);
  return apply(constantOp, [], { data: host, shape: node.shape, dtype: node.dtype });
}
