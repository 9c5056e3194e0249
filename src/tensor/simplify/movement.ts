import { expand, reshape, sum } from "../ops/broadcast.ts";
import { mul } from "../ops/elementwise.ts";
import { constant } from "../ops/leaf.ts";
import { type MatmulOptions, matmul } from "../ops/matmul.ts";
import { transpose } from "../ops/structure.ts";
import { sameShape } from "../shape.ts";
import { apply, sizeOf, type Tensor } from "../tensor.ts";
import { uniformValue } from "./constants.ts";
import { madeBy, type Rule, rule } from "./rule.ts";

const UNARY =
  "neg abs sign exp log log1p sqrt reciprocal square tanh sigmoid softplus relu erf gelu floor sin cos not cast".split(
    " ",
  );
const BROADCASTING =
  "add sub mul div pow maximum minimum greater less greaterEqual lessEqual equal and or where".split(" ");

const axesOf = (node: Tensor): readonly number[] => (node.attributes as { axes: readonly number[] }).axes;
const permutationOf = (node: Tensor): readonly number[] =>
  (node.attributes as { permutation: readonly number[] }).permutation;

/**
 * A constant of equal numbers is one number, expanded: it then broadcasts, folds and stays small. A single number with
 * axes as well, for onnxruntime 1.30 rewrites `1 / x * y` to `y / x` without minding the axes that the 1 added.
 */
function shrinkConstant(node: Tensor): Tensor | undefined {
  const uniform = uniformValue(node);
  if (uniform === undefined || node.shape.length === 0) return undefined;
  return expand(constant(uniform, [], node.dtype), node.shape);
}

/** `f(expand x) = expand f(x)`, and operators that broadcast need no expanding at all. */
function computeBeforeExpanding(node: Tensor): Tensor | undefined {
  const inputs = node.inputs.map((x) => madeBy("expand", x)?.inputs[0] ?? x);
  if (inputs.every((x, i) => x === node.inputs[i])) return undefined;
  return expand(apply(node.op, inputs, node.attributes), node.shape);
}

/** Summing a stretched axis multiplies by its length. */
function sumExpanded(node: Tensor): Tensor | undefined {
  const x = madeBy("expand", node.inputs[0])?.inputs[0];
  if (x === undefined) return undefined;
  const full = node.inputs[0]!.shape;
  const lead = full.length - x.shape.length;
  const stretched = (axis: number): boolean =>
    axis < lead || (x.shape[axis - lead] === 1 && full[axis] !== 1);
  const times = axesOf(node)
    .filter(stretched)
    .reduce((n, axis) => n * full[axis]!, 1);
  const aligned = reshape(x, [...new Array<number>(lead).fill(1), ...x.shape]);
  const rest = axesOf(node).filter((axis) => !stretched(axis));
  return expand(mul(rest.length === 0 ? aligned : sum(aligned, rest, true), times), node.shape);
}

function joinTransposes(node: Tensor): Tensor | undefined {
  const permutation = permutationOf(node);
  if (permutation.every((axis, i) => axis === i)) return node.inputs[0];
  const inner = madeBy("transpose", node.inputs[0]);
  return (
    inner &&
    transpose(
      inner.inputs[0]!,
      permutation.map((axis) => permutationOf(inner)[axis]!),
    )
  );
}

function joinReshapes(node: Tensor): Tensor | undefined {
  const x = node.inputs[0]!;
  if (sameShape(x.shape, node.shape)) return x;
  const source = x.inputs[0];
  if (x.op.name === "reshape") return reshape(source!, node.shape);
  const oneNumber = x.op.name === "expand" && sizeOf(source!.shape) === 1;
  return oneNumber ? expand(reshape(source!, []), node.shape) : undefined;
}

function joinExpands(node: Tensor): Tensor | undefined {
  const x = node.inputs[0]!;
  if (sameShape(x.shape, node.shape)) return x;
  return x.op.name === "expand" ? expand(x.inputs[0]!, node.shape) : undefined;
}

/** The matrix whose last two axes an operand has exchanged. */
function untransposed(x: Tensor): Tensor | undefined {
  const rank = x.shape.length;
  const swap = madeBy("transpose", x) && permutationOf(x);
  const lastTwo = swap?.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i)) ?? false;
  return lastTwo ? x.inputs[0] : undefined;
}

function absorbTransposes(node: Tensor): Tensor | undefined {
  const [a, b] = node.inputs.map(untransposed);
  if (a === undefined && b === undefined) return undefined;
  const { transposeA = false, transposeB = false } = node.attributes as MatmulOptions;
  return matmul(a ?? node.inputs[0]!, b ?? node.inputs[1]!, {
    transposeA: transposeA !== (a !== undefined),
    transposeB: transposeB !== (b !== undefined),
  });
}

/** The same matrices without an axis of copies in front. */
function unstacked(x: Tensor): Tensor {
  const source = madeBy("expand", x)?.inputs[0];
  const face = sameShape(source?.shape.slice(-2) ?? [], x.shape.slice(-2)) ? source! : x;
  const lead = face.shape.slice(0, -2);
  return lead.length > 0 && lead.every((n) => n === 1) ? reshape(face, face.shape.slice(-2)) : face;
}

/** Matrices shared by a batch are multiplied as one. */
function shareMatrices(node: Tensor): Tensor | undefined {
  const [a, b] = node.inputs.map(unstacked) as [Tensor, Tensor];
  if (a === node.inputs[0] && b === node.inputs[1]) return undefined;
  const product = matmul(a, b, node.attributes as MatmulOptions);
  return sizeOf(product.shape) === sizeOf(node.shape)
    ? reshape(product, node.shape)
    : expand(product, node.shape);
}

/** `f(reshape x) = reshape f(x)`: below, reshapes meet others and vanish, and a bias meets its product. */
function computeBeforeReshaping(node: Tensor): Tensor | undefined {
  const sources = node.inputs.map((x) => madeBy("reshape", x)?.inputs[0]);
  const lead = sources.find((x) => x !== undefined);
  if (lead === undefined || sizeOf(lead.shape) !== sizeOf(node.shape)) return undefined;
  // onnxruntime adds to a product of two matrices while it makes it, but not across a reshape.
  const fuses = node.op.name === "add" && lead.op.name === "matmul" && lead.shape.length === 2;
  const inputs = node.inputs.map((x, i) => {
    const source = sources[i];
    if (source !== undefined && sameShape(source.shape, lead.shape)) return source;
    if (fuses && sameShape(x.shape, node.shape)) return reshape(x, lead.shape);
    return alignedTail(x, node.shape, lead.shape);
  });
  if (inputs.some((x) => x === undefined)) return undefined;
  return reshape(apply(node.op, inputs as Tensor[], node.attributes), node.shape);
}

/** `x`, which broadcasts to `from`, as a tensor that broadcasts to `to` in the same way; only trailing axes count. */
function alignedTail(x: Tensor, from: readonly number[], to: readonly number[]): Tensor | undefined {
  const first = x.shape.findIndex((n) => n !== 1);
  const tail = first < 0 ? [] : x.shape.slice(first);
  const fits =
    sameShape(tail, from.slice(from.length - tail.length)) &&
    sameShape(tail, to.slice(to.length - tail.length));
  if (!fits) return undefined;
  return reshape(x, tail);
}

/** For when everything else is done: factors are not found through reshapes. */
export const layout: readonly Rule[] = [
  rule("compute before reshaping", [...UNARY, ...BROADCASTING], computeBeforeReshaping),
];

/** Where data only moves: expand, reshape, transpose and what they meet. */
export const movement: readonly Rule[] = [
  rule("a constant of equal numbers is one number", "constant", shrinkConstant),
  rule("compute before expanding", [...UNARY, ...BROADCASTING], computeBeforeExpanding),
  rule("the sum of an expanded tensor", "sum", sumExpanded),
  rule("transposes join", "transpose", joinTransposes),
  rule("reshapes join", "reshape", joinReshapes),
  rule("expands join", "expand", joinExpands),
  rule("matmul reads transposed", "matmul", absorbTransposes),
  rule("matrices shared by a batch are multiplied as one", "matmul", shareMatrices),
];
