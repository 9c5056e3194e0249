import { broadcastShapes, forEachBroadcast } from "../shape.ts";
import { apply, type DType, type Emitter, type Op, shapeError, type Tensor } from "../tensor.ts";
import { expand, sumTo } from "./broadcast.ts";
import { asTensors, type Operand, zeros } from "./leaf.ts";

interface UnaryRule {
  readonly onnx: string | ((emit: Emitter, x: string) => string);
  readonly value: (x: number) => number;
  /** The derivative times the cotangent, given input and output. */
  readonly vjp: (cotangent: Tensor, x: Tensor, y: Tensor) => Tensor | undefined;
}

function unary(name: string, rule: UnaryRule): (x: Tensor) => Tensor {
  const op: Op<null> = {
    name,
    infer(inputs) {
      const [x] = inputs as [Tensor];
      if (x.dtype !== "float32") throw shapeError(name, inputs, "float32");
      return { shape: x.shape, dtype: "float32" };
    },
    vjp: (node, cotangent) => [rule.vjp(cotangent, node.inputs[0]!, node)],
    reference([x], _, out) {
      for (let i = 0; i < out.length; i++) out[i] = rule.value(x!.data[i]!);
    },
    lower: (emit, [x]) => (typeof rule.onnx === "string" ? emit.node(rule.onnx, [x!]) : rule.onnx(emit, x!)),
  };
  return (x) => apply(op, [x], null);
}

interface BinaryRule {
  readonly onnx: string;
  readonly value: (a: number, b: number) => number;
  /** Cotangents of both sides before the broadcast is undone. */
  readonly vjp: (
    cotangent: Tensor,
    a: Tensor,
    b: Tensor,
    y: Tensor,
  ) => readonly [Tensor | undefined, Tensor | undefined];
  /** Of the result; that of the operands otherwise. */
  readonly dtype?: DType;
  /** Of the operands; float32 and int32 otherwise. */
  readonly takes?: readonly DType[];
}

const NUMBERS: readonly DType[] = ["float32", "int32"];

function binary(name: string, rule: BinaryRule): (a: Operand, b: Operand) => Tensor {
  const op: Op<null> = {
    name,
    infer(inputs) {
      const [a, b] = inputs as [Tensor, Tensor];
      const shape = broadcastShapes(a.shape, b.shape);
      const takes = rule.takes ?? NUMBERS;
      if (shape === undefined || a.dtype !== b.dtype || !takes.includes(a.dtype))
        throw shapeError(name, inputs, `equal dtypes (${takes.join(", ")}) and shapes that broadcast`);
      return { shape, dtype: rule.dtype ?? a.dtype };
    },
    vjp(node, cotangent) {
      const [a, b] = node.inputs as [Tensor, Tensor];
      const [da, db] = rule.vjp(cotangent, a, b, node);
      return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)];
    },
    reference([a, b], node, out) {
      forEachBroadcast(a!.shape, node.shape, (to, from) => {
        out[to] = a!.data[from]!;
      });
      forEachBroadcast(b!.shape, node.shape, (to, from) => {
        out[to] = rule.value(out[to]!, b!.data[from]!);
      });
    },
    lower: (emit, inputs) => emit.node(rule.onnx, inputs),
  };
  return (a, b) => apply(op, asTensors(a, b), null);
}

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Operand, b: Operand) => Tensor;

export const add: Binary = binary("add", { onnx: "Add", value: (a, b) => a + b, vjp: (c) => [c, c] });
export const sub: Binary = binary("sub", { onnx: "Sub", value: (a, b) => a - b, vjp: (c) => [c, neg(c)] });
export const mul: Binary = binary("mul", {
  onnx: "Mul",
  value: (a, b) => a * b,
  vjp: (c, a, b) => [mul(c, b), mul(c, a)],
});
export const div: Binary = binary("div", {
  onnx: "Div",
  value: (a, b) => a / b,
  takes: ["float32"],
  vjp: (c, _, b, y) => [div(c, b), neg(div(mul(c, y), b))],
});
/** `a ** b`; differentiable in `b` where `a > 0` only. */
export const pow: Binary = binary("pow", {
  onnx: "Pow",
  value: (a, b) => a ** b,
  takes: ["float32"],
  vjp: (c, a, b, y) => [
    mul(c, mul(b, pow(a, sub(b, 1)))),
    b.op.name === "constant" ? undefined : mul(c, mul(y, log(a))),
  ],
});
/** Element-wise larger of two; at a tie the gradient is shared equally. */
export const maximum: Binary = binary("maximum", {
  onnx: "Max",
  value: Math.max,
  vjp: (c, a, b) => shareByOrder(c, a, b),
});
/** Element-wise smaller of two; at a tie the gradient is shared equally. */
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

const noGradient = (): [undefined, undefined] => [undefined, undefined];
export const greater: Binary = binary("greater", {
  onnx: "Greater",
  value: (a, b) => Number(a > b),
  vjp: noGradient,
  dtype: "bool",
});
export const less: Binary = binary("less", {
  onnx: "Less",
  value: (a, b) => Number(a < b),
  vjp: noGradient,
  dtype: "bool",
});
export const equal: Binary = binary("equal", {
  onnx: "Equal",
  takes: ["float32", "int32", "bool"],
  value: (a, b) => Number(a === b),
  vjp: noGradient,
  dtype: "bool",
});

export const neg: Unary = unary("neg", { onnx: "Neg", value: (x) => -x, vjp: (c) => neg(c) });
export const abs: Unary = unary("abs", { onnx: "Abs", value: Math.abs, vjp: (c, x) => mul(c, sign(x)) });
export const sign: Unary = unary("sign", { onnx: "Sign", value: Math.sign, vjp: () => undefined });
export const exp: Unary = unary("exp", { onnx: "Exp", value: Math.exp, vjp: (c, _, y) => mul(c, y) });
export const log: Unary = unary("log", { onnx: "Log", value: Math.log, vjp: (c, x) => div(c, x) });
export const log1p: Unary = unary("log1p", {
  onnx: lowerLog1p,
  value: Math.log1p,
  vjp: (c, x) => div(c, add(x, 1)),
});
export const sqrt: Unary = unary("sqrt", {
  onnx: "Sqrt",
  value: Math.sqrt,
  vjp: (c, _, y) => div(mul(c, 0.5), y),
});
export const reciprocal: Unary = unary("reciprocal", {
  onnx: "Reciprocal",
  value: (x) => 1 / x,
  vjp: (c, _, y) => neg(mul(c, square(y))),
});
export const square: Unary = unary("square", {
  onnx: (emit, x) => emit.node("Mul", [x, x]),
  value: (x) => x * x,
  vjp: (c, x) => mul(c, mul(x, 2)),
});
export const tanh: Unary = unary("tanh", {
  onnx: "Tanh",
  value: Math.tanh,
  vjp: (c, _, y) => mul(c, sub(1, square(y))),
});
export const sigmoid: Unary = unary("sigmoid", {
  onnx: "Sigmoid",
  value: (x) => 1 / (1 + Math.exp(-x)),
  vjp: (c, _, y) => mul(c, mul(y, sub(1, y))),
});
/** `log(1 + exp x)`, safe for large `x`. */
export const softplus: Unary = unary("softplus", {
  onnx: "Softplus",
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  vjp: (c, x) => mul(c, sigmoid(x)),
});
/** `max(x, 0)`, with derivative zero at zero. */
export const relu: Unary = unary("relu", {
  onnx: "Relu",
  value: (x) => Math.max(x, 0),
  vjp: (c, x) => mul(c, cast(greater(x, 0), "float32")),
});
/** The error function. */
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

/** `x Phi(x)` with the exact normal distribution function (Hendrycks and Gimpel 2016). */
export const gelu: Unary = (x) => mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2))));
/** `1 / sqrt(x)`. */
export const rsqrt: Unary = (x) => reciprocal(sqrt(x));

/** Limits `x` to `[low, high]`. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return minimum(maximum(x, low), high);
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

const ONNX_TYPE: Readonly<Record<DType, number>> = { float32: 1, int32: 6, bool: 9 };

const castOp: Op<{ readonly to: DType }> = {
  name: "cast",
  infer: ([x], { to }) => ({ shape: x!.shape, dtype: to }),
  vjp: (node, cotangent) => [
    node.inputs[0]!.dtype === "float32" && node.dtype === "float32" ? cotangent : undefined,
  ],
  reference([x], node, out) {
    const to = node.attributes.to;
    for (let i = 0; i < out.length; i++)
      out[i] =
        to === "bool" ? Number(x!.data[i] !== 0) : to === "int32" ? Math.trunc(x!.data[i]!) : x!.data[i]!;
  },
  lower: (emit, [x], node) => emit.node("Cast", [x!], { to: ONNX_TYPE[node.attributes.to] }),
};

/** Another dtype; no gradient flows unless both are float32. */
export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : apply(castOp, [x], { to });
}

const whereOp: Op<null> = {
  name: "where",
  infer(inputs) {
    const [condition, a, b] = inputs as [Tensor, Tensor, Tensor];
    const ab = broadcastShapes(a.shape, b.shape);
    const shape = ab && broadcastShapes(condition.shape, ab);
    if (shape === undefined || condition.dtype !== "bool" || a.dtype !== b.dtype) {
      throw shapeError("where", inputs, "a bool condition, equal dtypes and shapes that broadcast");
    }
    return { shape, dtype: a.dtype };
  },
  vjp(node, cotangent) {
    const [condition, a, b] = node.inputs as [Tensor, Tensor, Tensor];
    const none = zeros([]);
    return [
      undefined,
      sumTo(where(condition, cotangent, none), a.shape),
      sumTo(where(condition, none, cotangent), b.shape),
    ];
  },
  reference([condition, a, b], node, out) {
    const chosen = new Float64Array(out.length);
    forEachBroadcast(condition!.shape, node.shape, (to, from) => {
      chosen[to] = condition!.data[from]!;
    });
    for (const [source, wanted] of [
      [a!, true],
      [b!, false],
    ] as const) {
      forEachBroadcast(source.shape, node.shape, (to, from) => {
        if ((chosen[to] !== 0) === wanted) out[to] = source.data[from]!;
      });
    }
  },
  lower: (emit, inputs) => emit.node("Where", inputs),
};

/** `a` where the condition holds, else `b`. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return apply(whereOp, [condition, ...asTensors(a, b)], null);
}

/** A row of booleans as numbers 0 and 1, broadcast to a shape. */
export function indicator(condition: Tensor, shape: readonly number[] = condition.shape): Tensor {
  return expand(cast(condition, "float32"), shape);
}
