import { describe, expect, test } from "vitest";
import { misses } from "../../testing/backend-contract.ts";
import { checkGradient } from "../../testing/check-gradient.ts";
import {
  add,
  type Backend,
  clip,
  compile,
  constant,
  grad,
  input,
  logSoftmax,
  matmul,
  max,
  maximum,
  mean,
  mul,
  neg,
  referenceBackend,
  relu,
  slice,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from "./index.ts";
import { onnxBackend } from "./runtime/onnxruntime.ts";

const backends: readonly [name: string, backend: Backend][] = [
  ["onnxruntime", onnxBackend("cpu")],
  ["reference", referenceBackend],
];

describe.each(backends)("functions with known derivatives on %s", (_, backend) => {
  test("Rosenbrock: gradient and Hessian", async () => {
    const p = input("p", [2]);
    const [x, y] = [slice(p, 0, 0, 1), slice(p, 0, 1, 2)];
    const f = sum(add(square(sub(1, x)), mul(100, square(sub(y, square(x))))));
    const g = grad(f, p);
    const rows = [0, 1].map((i) => grad(sum(slice(g, 0, i, i + 1)), p));
    const program = await compile(
      { p },
      { f, g, first: rows[0] as Tensor, second: rows[1] as Tensor },
      { backend },
    );
    const out = await program.run({ p: Float32Array.of(-1.5, 2) });
    // x = -1.5, y = 2: y - x^2 = -0.25.
    expect(misses(out.f, [6.25 + 6.25], 1e-6)).toEqual([]);
    expect(misses(out.g, [-2 * 2.5 - 400 * -1.5 * -0.25, 200 * -0.25], 1e-6)).toEqual([]);
    expect(misses(out.first, [2 - 400 * 2 + 1200 * 2.25, 600], 1e-6)).toEqual([]);
    expect(misses(out.second, [600, 200], 1e-6)).toEqual([]);
  });

  test("softmax regression: the gradient is `X^T (P - Y) / n`", async () => {
    const [w, x] = [input("w", [3, 4]), input("x", [5, 3])];
    const y = constant(
      Float32Array.from({ length: 20 }, (__, i) => Number(i % 4 === Math.floor(i / 4) % 3)),
      [5, 4],
    );
    const loss = neg(mean(sum(mul(y, logSoftmax(matmul(x, w))), 1)));
    const closed = mul(matmul(x, sub(softmax(matmul(x, w)), y), { transposeA: true }), 1 / 5);
    const program = await compile({ w, x }, { traced: grad(loss, w), closed }, { backend });
    const { traced, closed: wanted } = await program.run({
      w: Float32Array.from({ length: 12 }, (__, i) => Math.sin(i + 1)),
      x: Float32Array.from({ length: 15 }, (__, i) => Math.cos(2 * i)),
    });
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.1);
    expect(misses(traced, wanted, 1e-6)).toEqual([]);
  });

  test("one MAML step on `y = w x`: loss after adaptation and its gradient through the step", async () => {
    const w = input("w", []);
    const error = (at: Tensor, x: number, y: number): Tensor => mul(0.5, square(sub(mul(at, x), y)));
    const rate = 0.1;
    const support = error(w, 2, 3);
    const fast = sub(w, mul(rate, grad(support, w)));
    const query = error(fast, 1, -1);
    const firstOrder = sub(w, mul(rate, stopGradient(grad(support, w))));
    const outputs = {
      query,
      g: grad(query, w),
      fomaml: grad(error(firstOrder, 1, -1), w),
      curvature: grad(grad(query, w), w),
    };
    const program = await compile({ w }, outputs, { backend });
    const out = await program.run({ w: Float32Array.of(1) });
    // w' = w - 0.1 * 2 (2w - 3) = 0.6 w + 0.6 = 1.2; loss (w' + 1)^2 / 2; dw'/dw = 0.6, or 1 to first order.
    expect(misses(out.query, [2.42], 1e-6)).toEqual([]);
    expect(misses(out.g, [2.2 * 0.6], 1e-6)).toEqual([]);
    expect(misses(out.fomaml, [2.2], 1e-6)).toEqual([]);
    expect(misses(out.curvature, [0.36], 1e-6)).toEqual([]);
  });

  test("the third and fourth derivative of x^4", async () => {
    const x = input("x", []);
    const orders: Tensor[] = [square(square(x))];
    for (let i = 0; i < 4; i++) orders.push(grad(orders[i] as Tensor, x));
    const program = await compile(
      { x },
      { third: orders[3] as Tensor, fourth: orders[4] as Tensor },
      { backend },
    );
    const out = await program.run({ x: Float32Array.of(1.5) });
    expect([out.third[0], out.fourth[0]]).toEqual([36, 24]);
  });

  test("at a tie of two or of many the gradient is shared", async () => {
    const x = input("x", [4]);
    const outputs = {
      reduced: grad(max(x), x),
      pair: grad(sum(maximum(x, 2)), x),
      edge: grad(sum(clip(x, 0, 2)), x),
      kink: grad(sum(relu(sub(x, 2))), x),
    };
    const program = await compile({ x }, outputs, { backend });
    const out = await program.run({ x: Float32Array.of(2, 1, 2, -3) });
    expect(Object.values(out).map((g) => Array.from(g))).toEqual([
      [0.5, 0, 0.5, 0],
      [0.5, 0, 0.5, 0],
      [0.5, 1, 0.5, 0],
      [0, 0, 0, 0],
    ]);
  });
});

test("two inner steps of a batched two-layer network: meta-gradient by central differences", () => {
  const data = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));
  const value = (
    shape: number[],
    f: (i: number) => number,
  ): { shape: number[]; data: number[]; dtype: "float32" } => ({
    shape,
    data: data(
      shape.reduce((a, b) => a * b, 1),
      f,
    ),
    dtype: "float32",
  });
  const x = constant(
    data(12, (i) => Math.sin(3 * i)),
    [2, 3, 2],
  );
  const y = constant(
    data(6, (i) => Math.cos(2 * i)),
    [2, 3, 1],
  );
  const loss = (w: Tensor, v: Tensor): Tensor =>
    sum(mean(square(sub(matmul(softmax(matmul(x, w)), v), y)), [1, 2]));
  const check = (): void =>
    checkGradient(
      ({ w, v, rate }) => {
        let [a, b] = [
          add(w, constant(new Float32Array(2), [2, 1, 1])),
          add(v, constant(new Float32Array(2), [2, 1, 1])),
        ];
        for (let step = 0; step < 2; step++) {
          const g = grad(loss(a, b), { a, b });
          [a, b] = [sub(a, mul(rate, g.a)), sub(b, mul(rate, g.b))];
        }
        return loss(a, b);
      },
      { w: value([1, 2, 3], (i) => Math.cos(i)), v: value([1, 3, 1], (i) => i - 1), rate: 0.3 },
    );
  expect(check).not.toThrow();
});
