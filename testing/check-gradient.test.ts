import { expect, test } from "vitest";
import { exp, log, mul, relu, square, stopGradient, sum, tanh, where } from "../src/tensor/index.ts";
import { apply, type Op, type Tensor } from "../src/tensor/tensor.ts";
import { checkGradient } from "./check-gradient.ts";

/** `x^2` whose derivative is what the test says. */
function squareWith(derivative: (cotangent: Tensor, x: Tensor) => Tensor): (x: Tensor) => Tensor {
  const op: Op<null> = {
    name: "squareWith",
    infer: ([x]) => ({ shape: x?.shape ?? [], dtype: "float32" }),
    vjp: (node, cotangent) => node.inputs.map((x) => derivative(cotangent, x)),
    reference: ([x], _, out) => out.set(x?.data.map((v) => v * v) ?? []),
    lower: () => "",
  };
  return (x) => apply(op, [x], null);
}

test("accepts right derivatives of both orders", () => {
  const own = squareWith((c, at) => mul(c, mul(at, 2)));
  expect(() => checkGradient(({ x, y }) => mul(exp(x), tanh(y)), { x: [0.3, -1], y: 0.7 })).not.toThrow();
  expect(() => checkGradient(({ x }) => own(x), { x: [[1], [2]] })).not.toThrow();
});

test("names order, input and element of a wrong first derivative", () => {
  const wrong = squareWith((c, x) => mul(c, mul(x, 2.001)));
  expect(() => checkGradient(({ y }) => wrong(y), { x: 1, y: [0, 3] }, { order: 1 })).toThrow(
    /^checkGradient, order 1, input "y", element 1 of \[2\]: expected \S+ by central differences, got /,
  );
});

test("sees a wrong second derivative behind a right first one", () => {
  const wrong = squareWith((c, x) => mul(c, mul(stopGradient(x), 2)));
  checkGradient(({ x }) => wrong(x), { x: [3] }, { order: 1 });
  expect(() => checkGradient(({ x }) => wrong(x), { x: [3] })).toThrow(/order 2, input "x"/);
});

test("sees a missing mixed derivative", () => {
  const broken = ({ x, y }: { x: Tensor; y: Tensor }): Tensor => sum(mul(square(x), stopGradient(y)));
  expect(() => checkGradient(broken, { x: 2, y: 3 })).toThrow(/order 1, input "y"/);
});

test("not a number is never accepted", () => {
  expect(() => checkGradient(({ x }) => log(x), { x: [-1] })).toThrow(/got/);
});

test("booleans and integers are fed, not differentiated", () => {
  const condition = { shape: [2], data: [1, 0], dtype: "bool" } as const;
  const build = ({ c, x }: { c: Tensor; x: Tensor }): Tensor => where(c, square(x), relu(x));
  expect(() => checkGradient(build, { c: condition, x: [-2, 3] })).not.toThrow();
  expect(() => checkGradient(({ c }) => c, { c: condition })).toThrow("at least one float32 value");
});
