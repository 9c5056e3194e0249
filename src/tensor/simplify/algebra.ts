import { expand } from "../ops/broadcast.ts";
import { add, mul, sub } from "../ops/elementwise.ts";
import { constant } from "../ops/leaf.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { uniformValue } from "./constants.ts";
import { madeBy, type Rule, rule } from "./rule.ts";

type Pair = readonly [Tensor, Tensor];

/** Numbers that change nothing on the left or the right. */
const NEUTRAL: Readonly<Record<string, readonly [left: number | undefined, right: number]>> = {
  add: [0, 0],
  sub: [undefined, 0],
  mul: [1, 1],
  div: [undefined, 1],
  pow: [undefined, 1],
};

function dropNeutral(node: Tensor): Tensor | undefined {
  const [left, right] = NEUTRAL[node.op.name]!;
  const [a, b] = node.inputs as Pair;
  if (uniformValue(b) === right) return expand(a, node.shape);
  if (left !== undefined && uniformValue(a) === left) return expand(b, node.shape);
  return undefined;
}

function timesZero(node: Tensor): Tensor | undefined {
  const zero = node.inputs.some((x) => uniformValue(x) === 0);
  return zero ? expand(constant(0, [], node.dtype), node.shape) : undefined;
}

/** `x` and `c` of `x * c` or `c * x`, where `c` is a scalar constant. */
function scaled(node: Tensor | undefined): Pair | undefined {
  if (node?.op.name !== "mul" || node.dtype !== "float32") return undefined;
  const [a, b] = node.inputs as Pair;
  const scalar = (x: Tensor): boolean => x.op.name === "constant" && x.shape.length === 0;
  return scalar(b) ? [a, b] : scalar(a) ? [b, a] : undefined;
}

function joinFactors(node: Tensor): Tensor | undefined {
  const [x, factor] = scaled(node) ?? [];
  if (x === undefined || factor === undefined) return undefined;
  const negated = madeBy("neg", x)?.inputs[0];
  if (negated !== undefined) return mul(negated, -(uniformValue(factor) ?? Number.NaN));
  const inner = scaled(x);
  return inner && mul(inner[0], mul(inner[1], factor));
}

function divideByConstant(node: Tensor): Tensor | undefined {
  const by = uniformValue(node.inputs[1]);
  if (by === undefined || by === 0 || !Number.isFinite(1 / by) || node.dtype !== "float32") return undefined;
  return expand(mul(node.inputs[0]!, 1 / by), node.shape);
}

function negate(node: Tensor): Tensor | undefined {
  const x = node.inputs[0]!;
  if (x.op.name === "neg") return x.inputs[0];
  if (x.op.name === "sub") return sub(x.inputs[1]!, x.inputs[0]!);
  const inner = scaled(x);
  return inner && mul(inner[0], -(uniformValue(inner[1]) ?? Number.NaN));
}

function addNegative(node: Tensor): Tensor | undefined {
  const [a, b] = node.inputs as Pair;
  const [negativeA, negativeB] = [madeBy("neg", a)?.inputs[0], madeBy("neg", b)?.inputs[0]];
  if (node.op.name === "sub") return negativeB && add(a, negativeB);
  if (negativeB !== undefined) return sub(a, negativeB);
  return negativeA && sub(b, negativeA);
}

/** What ordinary algebra allows, up to rounding. */
export const algebra: readonly Rule[] = [
  rule("x * 0 is 0", "mul", timesZero),
  rule("x + 0, x * 1, x / 1, x ** 1 are x", Object.keys(NEUTRAL), dropNeutral),
  rule("constant factors join", "mul", joinFactors),
  rule("x / c is x * (1 / c)", "div", divideByConstant),
  rule("-(-x), -(a - b), -(x c)", "neg", negate),
  rule("a + -b is a - b", ["add", "sub"], addNegative),
  rule("stopGradient has done its work", ["stopGradient", "identity", "part"], (node) => node.inputs[0]),
  rule("no axis longer than one is reduced", ["sum", "max", "min"], ({ inputs: [x], shape }) =>
    x !== undefined && sameShape(x.shape, shape) ? x : undefined,
  ),
];
