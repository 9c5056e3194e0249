import { dtypeOf } from "../../runtime/import-numbers.ts";
import type { DType, Tensor } from "../../tensor.ts";
import type { NodeView } from "../node-view.ts";
import * as t from "../ops.ts";
import { type Importer, type Rows, viaFloat } from "./row.ts";

const unary =
  (f: (x: Tensor) => Tensor): Importer =>
  (node) =>
    viaFloat(node.input(0), f);

/** An activation with a number `alpha`. */
const withAlpha =
  (otherwise: number, f: (x: Tensor, alpha: number) => Tensor): Importer =>
  (node) =>
    f(node.input(0), node.number("alpha") ?? otherwise);

const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Importer =>
  (node) => {
    if (node.opset < 7 && node.number("broadcast") === 1)
      throw node.fail("operator set 7 or later", "old broadcasting");
    return f(node.input(0), node.input(1));
  };

const variadic =
  (f: (a: Tensor, b: Tensor) => Tensor): Importer =>
  (node) =>
    node.inputs(1).reduce(f, node.input(0));

const asFloat = (x: Tensor): Tensor => t.cast(x, "float32");

/** `scale max(x, 0) + alpha min(e^(x / beta) - 1, 0)`; the exponential never sees a positive number. */
function exponentialUnit(x: Tensor, alpha: number, beta = 1, scale = 1): Tensor {
  const below = t.sub(t.exp(t.mul(t.minimum(x, 0), 1 / beta)), 1);
  return t.add(t.mul(t.relu(x), scale), t.mul(below, alpha));
}

function gelu(node: NodeView): Tensor {
  const how = node.text("approximate") ?? "none";
  if (how !== "none" && how !== "tanh") throw node.fail('approximate "none" or "tanh"', `"${how}"`);
  return how === "none" ? t.gelu(node.input(0)) : t.geluTanh(node.input(0));
}

/** Integers are divided as shapes are: exactly, rounded towards zero. */
function divide(a: Tensor, b: Tensor): Tensor {
  if (a.dtype === "float32") return t.div(a, b);
  return t.cast(t.div(asFloat(a), asFloat(b)), "int32");
}

/** The remainder has the divisor's sign, or the dividend's with `fmod`. */
function remainder(node: NodeView): Tensor {
  const [a, b] = [asFloat(node.input(0)), asFloat(node.input(1))];
  const quotient = t.div(a, b);
  const whole = t.mul(t.sign(quotient), t.floor(t.abs(quotient)));
  const rest = t.sub(a, t.where(t.equal(whole, 0), 0, t.mul(whole, b)));
  const otherSign = t.less(t.mul(t.sign(rest), t.sign(b)), 0);
  const found = node.number("fmod") === 1 ? rest : t.where(otherSign, t.add(rest, b), rest);
  return t.cast(found, node.input(0).dtype);
}

function power(node: NodeView): Tensor {
  const [base, exponent] = [node.input(0), node.input(1)];
  // A known exponent of two has simpler derivatives.
  const isSquare = exponent.op.name === "constant" && node.known(1).length === 1 && node.known(1)[0] === 2;
  const square = isSquare && exponent.shape.length <= base.shape.length;
  return viaFloat(base, (x) => (square ? t.square(x) : t.pow(x, asFloat(exponent))));
}

function clip(node: NodeView): Tensor {
  const x = node.input(0);
  const old = (name: string): number | undefined => (node.opset < 11 ? node.number(name) : undefined);
  const low = node.opset < 11 ? old("min") : node.optional(1);
  const high = node.opset < 11 ? old("max") : node.optional(2);
  const raised = low === undefined ? x : t.maximum(x, low);
  return high === undefined ? raised : t.minimum(raised, high);
}

function cast(node: NodeView): Tensor {
  node.ignore("saturate", "round_mode");
  const to: DType = dtypeOf(node.number("to"), `node "${node.node.name}"`);
  return t.cast(node.input(0), to);
}

/** To the nearest whole number, halves to the even one. */
function round(x: Tensor): Tensor {
  const up = t.floor(t.add(x, 0.5));
  const even = t.mul(t.floor(t.mul(up, 0.5)), 2);
  return t.where(t.equal(t.sub(up, x), 0.5), even, up);
}

function leaky(x: Tensor, slope: Tensor | number): Tensor {
  return t.add(t.relu(x), t.mul(t.minimum(x, 0), slope));
}

function select(node: NodeView): Tensor {
  const [condition, a, b] = [node.input(0), node.input(1), node.input(2)];
  return t.where(condition, a, b);
}

const isNan = (x: Tensor): Tensor => t.not(t.equal(x, x));

/** Element by element. */
export const elementwise: Rows = {
  Abs: unary(t.abs),
  Neg: unary(t.neg),
  Sign: unary(t.sign),
  Exp: unary(t.exp),
  Log: unary(t.log),
  Sqrt: unary(t.sqrt),
  Reciprocal: unary(t.reciprocal),
  Tanh: unary(t.tanh),
  Sigmoid: unary(t.sigmoid),
  Relu: unary(t.relu),
  Erf: unary(t.erf),
  Softplus: unary(t.softplus),
  Sin: unary(t.sin),
  Cos: unary(t.cos),
  Floor: unary(t.floor),
  Ceil: unary((x) => t.neg(t.floor(t.neg(x)))),
  Round: unary(round),
  Softsign: unary((x) => t.div(x, t.add(t.abs(x), 1))),
  Mish: unary((x) => t.mul(x, t.tanh(t.softplus(x)))),
  HardSwish: unary((x) => t.mul(x, t.clip(t.add(t.mul(x, 1 / 6), 0.5), 0, 1))),
  Swish: withAlpha(1, (x, alpha) => t.mul(x, t.sigmoid(t.mul(x, alpha)))),
  LeakyRelu: withAlpha(0.01, leaky),
  Elu: withAlpha(1, (x, alpha) => exponentialUnit(x, alpha)),
  Celu: withAlpha(1, (x, alpha) => exponentialUnit(x, alpha, alpha)),
  ThresholdedRelu: withAlpha(1, (x, alpha) => t.where(t.greater(x, alpha), x, t.mul(x, 0))),
  Selu: (node) => {
    const [alpha, gamma] = [node.number("alpha") ?? 1.6732632, node.number("gamma") ?? 1.050701];
    return exponentialUnit(node.input(0), alpha * gamma, 1, gamma);
  },
  HardSigmoid: (node) => {
    const [alpha, beta] = [node.number("alpha") ?? 0.2, node.number("beta") ?? 0.5];
    return t.clip(t.add(t.mul(node.input(0), alpha), beta), 0, 1);
  },
  Gelu: gelu,
  PRelu: binary(leaky),
  Clip: clip,
  Cast: cast,
  CastLike: (node) => {
    node.ignore("saturate", "round_mode");
    return t.cast(node.input(0), node.input(1).dtype);
  },
  Add: binary(t.add),
  Sub: binary(t.sub),
  Mul: binary(t.mul),
  Div: binary(divide),
  Mod: remainder,
  Pow: power,
  Max: variadic(t.maximum),
  Min: variadic(t.minimum),
  Sum: variadic(t.add),
  Mean: (node) => t.mul(node.inputs(1).reduce(t.add, node.input(0)), 1 / node.inputs().length),
  Greater: binary(t.greater),
  GreaterOrEqual: binary(t.greaterEqual),
  Less: binary(t.less),
  LessOrEqual: binary(t.lessEqual),
  Equal: binary(t.equal),
  And: binary(t.and),
  Or: binary(t.or),
  Xor: binary((a, b) => t.not(t.equal(a, b))),
  Not: (node) => t.not(node.input(0)),
  Where: select,
  IsNaN: (node) => isNan(node.input(0)),
  IsInf: (node) => {
    const [up, down] = [node.number("detect_positive") !== 0, node.number("detect_negative") !== 0];
    const is = (x: Tensor, asked: boolean): Tensor =>
      t.and(t.equal(x, Infinity), t.constant([Number(asked)], [], "bool"));
    return t.or(is(node.input(0), up), is(t.neg(node.input(0)), down));
  },
};
