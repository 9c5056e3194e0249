import { calledAs, type Emitter, shapeError, type Tensor } from "../tensor.ts";
import { checkFloats } from "./axes.ts";
import { greater, less } from "./compare.ts";
import { type Binary, binary, type Unary, unary } from "./pointwise.ts";
import { cast } from "./select.ts";

/** `a + b`; shapes broadcast. float32, int32 @example add(x, 1) */
export const add: Binary = binary("add", { onnx: "Add", value: (a, b) => a + b, vjp: (c) => [c, c] });
/** `a - b`; shapes broadcast. float32, int32 @example sub(target, y) */
export const sub: Binary = binary("sub", { onnx: "Sub", value: (a, b) => a - b, vjp: (c) => [c, neg(c)] });
/** `a b`; shapes broadcast. float32, int32 @example mul(x, 2) */
export const mul: Binary = binary("mul", {
  onnx: "Mul",
  value: (a, b) => a * b,
  vjp: (c, a, b) => [mul(c, b), mul(c, a)],
});
/** `a / b`; shapes broadcast. float32 @example div(total, count) */
export const div: Binary = binary("div", {
  onnx: "Div",
  value: (a, b) => a / b,
  takes: ["float32"],
  vjp: (c, _, b, y) => [div(c, b), neg(div(mul(c, y), b))],
});
/** `a ** b`; shapes broadcast. Differentiable in `b` where `a > 0` only. float32 @example pow(x, 3) */
export const pow: Binary = binary("pow", {
  onnx: "Pow",
  value: (a, b) => a ** b,
  takes: ["float32"],
  vjp: (c, a, b, y) => [
    mul(c, mul(b, pow(a, sub(b, 1)))),
    b.op.name === "constant" ? undefined : mul(c, mul(y, log(a))),
  ],
});
/** The larger of two, element by element; at a tie the gradient is shared equally. float32, int32 @example maximum(x, floorOfX) */
export const maximum: Binary = binary("maximum", {
  onnx: "Max",
  value: Math.max,
  vjp: (c, a, b) => shareByOrder(c, a, b),
});
/** The smaller of two, element by element; at a tie the gradient is shared equally. float32, int32 @example minimum(x, 1) */
export const minimum: Binary = binary("minimum", {
  onnx: "Min",
  value: Math.min,
  vjp: (c, a, b) => shareByOrder(c, b, a),
});

function shareByOrder(c: Tensor, larger: Tensor, smaller: Tensor): [Tensor, Tensor] {
  const share = mul(
    add(1, sub(cast(greater(larger, smaller), "float32"), cast(less(larger, smaller), "float32"))),
    0.5,
  );
  const first = mul(c, share);
  return [first, sub(c, first)];
}

/** `-x` @example neg(x) */
export const neg: Unary = unary("neg", { onnx: "Neg", value: (x) => -x, vjp: (c) => neg(c) });
/** `|x|`, with derivative zero at zero. @example abs(sub(x, y)) */
export const abs: Unary = unary("abs", { onnx: "Abs", value: Math.abs, vjp: (c, x) => mul(c, sign(x)) });
/** -1, 0 or 1; its derivative is zero. @example sign(x) */
export const sign: Unary = unary("sign", { onnx: "Sign", value: Math.sign, vjp: () => undefined });
/** `e ** x` @example exp(x) */
export const exp: Unary = unary("exp", { onnx: "Exp", value: Math.exp, vjp: (c, _, y) => mul(c, y) });
/** Natural logarithm, for `x > 0`. @example log(p) */
export const log: Unary = unary("log", { onnx: "Log", value: Math.log, vjp: (c, x) => div(c, x) });
/** `log(1 + x)`, exact for small `x`. @example log1p(count) */
export const log1p: Unary = unary("log1p", {
  onnx: lowerLog1p,
  value: Math.log1p,
  vjp: (c, x) => div(c, add(x, 1)),
});
/** Square root, for `x >= 0`; its derivative is infinite at zero. @example sqrt(variance) */
export const sqrt: Unary = unary("sqrt", {
  onnx: "Sqrt",
  value: Math.sqrt,
  vjp: (c, _, y) => div(mul(c, 0.5), y),
});
/** `1 / x` @example reciprocal(count) */
export const reciprocal: Unary = unary("reciprocal", {
  onnx: "Reciprocal",
  value: (x) => 1 / x,
  vjp: (c, _, y) => neg(mul(c, square(y))),
});
/** `x x` @example mean(square(sub(y, target))) */
export const square: Unary = unary("square", {
  onnx: (emit, x) => emit.node("Mul", [x, x]),
  value: (x) => x * x,
  vjp: (c, x) => mul(c, mul(x, 2)),
});
/** Hyperbolic tangent. @example tanh(matmul(x, w)) */
export const tanh: Unary = unary("tanh", {
  onnx: "Tanh",
  value: Math.tanh,
  vjp: (c, _, y) => mul(c, sub(1, square(y))),
});
/** `1 / (1 + exp -x)` @example sigmoid(logits) */
export const sigmoid: Unary = unary("sigmoid", {
  onnx: "Sigmoid",
  value: (x) => 1 / (1 + Math.exp(-x)),
  vjp: (c, _, y) => mul(c, mul(y, sub(1, y))),
});
/** `log(1 + exp x)`, safe for large `x`. @example softplus(neg(logits)) // log loss of positives */
export const softplus: Unary = unary("softplus", {
  onnx: "Softplus",
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  vjp: (c, x) => mul(c, sigmoid(x)),
});
/** `max(x, 0)`, with derivative zero at zero. @example relu(add(matmul(x, w), b)) */
export const relu: Unary = unary("relu", {
  onnx: "Relu",
  value: (x) => Math.max(x, 0),
  vjp: (c, x) => mul(c, cast(greater(x, 0), "float32")),
});
/** The largest whole number not above `x`; its derivative is zero. @example floor(x) */
export const floor: Unary = unary("floor", { onnx: "Floor", value: Math.floor, vjp: () => undefined });
/** Sine of an angle in radians. @example sin(x) */
export const sin: Unary = unary("sin", { onnx: "Sin", value: Math.sin, vjp: (c, x) => mul(c, cos(x)) });
/** Cosine of an angle in radians. @example cos(x) */
export const cos: Unary = unary("cos", { onnx: "Cos", value: Math.cos, vjp: (c, x) => neg(mul(c, sin(x))) });
/** The error function, `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to `x`. @example erf(x) */
export const erf: Unary = unary("erf", {
  onnx: "Erf",
  value: erfValue,
  vjp: (c, x) => mul(c, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
});

/** With `u = 1 + x` rounded, `log(u) x / (u - 1)` is exact to rounding, and `x` itself where `u = 1` (Goldberg 1991, th. 4). */
function lowerLog1p(emit: Emitter, x: string): string {
  const one = emit.scalar(1);
  const u = emit.node("Add", [x, one]);
  const scaled = emit.node("Div", [emit.node("Mul", [emit.node("Log", [u]), x]), emit.node("Sub", [u, one])]);
  return emit.node("Where", [emit.node("Equal", [u, one]), x, scaled]);
}

/** `x Phi(x)` with the exact normal distribution function (Hendrycks and Gimpel 2016). @example gelu(matmul(x, w)) */
export const gelu: Unary = unary("gelu", {
  onnx: lowerGelu,
  value: (x) => x * normalCdf(x),
  vjp: (c, x) => {
    const below = mul(0.5, add(1, erf(mul(x, Math.SQRT1_2))));
    const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(c, add(below, mul(x, density)));
  },
});

const normalCdf = (x: number): number => 0.5 * (1 + erfValue(x * Math.SQRT1_2));

/** One kernel where onnxruntime brings its own, six nodes in standard files. */
function lowerGelu(emit: Emitter, x: string): string {
  if (emit.vendor !== undefined) return emit.vendor("Gelu", [x]);
  const scaled = emit.node("Erf", [emit.node("Mul", [x, emit.scalar(Math.SQRT1_2)])]);
  const doubled = emit.node("Mul", [x, emit.node("Add", [scaled, emit.scalar(1)])]);
  return emit.node("Mul", [doubled, emit.scalar(0.5)]);
}

/**
 * {@link gelu} by a tanh that is near the normal distribution function (Hendrycks and Gimpel 2016, sec. 2).
 *
 * @example geluTanh(matmul(x, w))
 */
export const geluTanh: Unary = (x) => {
  checkFloats("geluTanh", x);
  const inner = mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(1, tanh(inner)));
};
/** `1 / sqrt(x)` @example mul(x, rsqrt(add(variance, 1e-5))) */
export const rsqrt: Unary = (x) => {
  checkFloats("rsqrt", x);
  return reciprocal(sqrt(x));
};

/**
 * Limits `x` to `[low, high]`; the gradient is zero outside, and shared at a limit as in `maximum`.
 *
 * @throws SHAPE when `low` is above `high`
 * @example clip(x, 0, 1)
 */
export function clip(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) throw shapeError("clip", [x], `a lower limit, not ${low}, below the upper, ${high}`);
  return calledAs("clip", () => minimum(maximum(x, low), high));
}

/** Series for small arguments, continued fraction for large ones: exact to float64. */
function erfValue(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let [term, total] = [a, a];
    for (let n = 1; n < 80; n++) {
      term *= (-a * a) / n;
      total += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * total) / Math.sqrt(Math.PI);
  }
  let fraction = a;
  for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (fraction * Math.sqrt(Math.PI)));
}
