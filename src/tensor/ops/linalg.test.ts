import { describe, expect, test } from "vitest";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { knownSpd, relativeError } from "../../../testing/spd.ts";
import { createRng } from "../../base/rng.ts";
import { add, compile, constant, grad, input, inverseSpd, matmul, mul, solveSpd, sum } from "../index.ts";

/** What float32 on onnxruntime must keep: about condition number times 6e-8, with room for growth with the size. */
const allowed = [
  [1, 1e-6],
  [1e2, 2e-5],
  [1e4, 2e-3],
] as const;
const batch = 5;

describe.each([1, 2, 3, 32, 48])("inverseSpd of size %i on onnxruntime, a batch of five", (n) => {
  test.each(allowed)("condition %f: relative error below %f", async (condition, limit) => {
    const worlds = Array.from({ length: batch }, (_, i) => knownSpd(n, condition, createRng(n).split(i)));
    const a = input("a", [batch, n, n]);
    const program = await compile({ a }, { x: inverseSpd(a) });
    const { x } = await program.run({ a: Float32Array.from(worlds.flatMap((world) => [...world.a])) });
    const errors = worlds.map(({ inverse }, i) =>
      relativeError(x.subarray(i * n * n, (i + 1) * n * n), inverse),
    );
    expect(Math.max(...errors)).toBeLessThan(limit);
  });
});

test("solveSpd solves what was multiplied, a batch with its own right sides", async () => {
  const [n, columns] = [16, 3];
  const rng = createRng(4).split("solve");
  const worlds = Array.from({ length: batch }, () => knownSpd(n, 10, rng));
  const truth = Float32Array.from({ length: batch * n * columns }, () => rng.normal());
  const [a, x] = [input("a", [batch, n, n]), input("x", [batch, n, columns])];
  const program = await compile({ a, x }, { solved: solveSpd(a, matmul(a, x)) });
  const { solved } = await program.run({ a: Float32Array.from(worlds.flatMap((w) => [...w.a])), x: truth });
  expect(relativeError(solved, truth)).toBeLessThan(1e-5);
});

test("the derivative of a solve through `A = B B^T + I`, first and second order, in every size up to five", () => {
  const rng = createRng(6).split("derivative");
  for (const n of [1, 2, 3, 5]) {
    const root = Array.from({ length: n }, () => Array.from({ length: n }, () => rng.normal()));
    const right = Array.from({ length: n }, () => [rng.normal()]);
    const identity = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => Number(i === j)),
    );
    const check = (): void =>
      checkGradient(({ b, y, i }) => solveSpd(add(matmul(b, b, { transposeB: true }), mul(i, i)), y), {
        b: root,
        y: right,
        i: identity,
      });
    expect(check).not.toThrow();
  }
});

test("the sum of squared solutions falls as `-2 x^T A^-1 x` when the ridge grows (closed form)", async () => {
  const [a, ridge] = [constant([2, 1, 1, 3], [2, 2]), input("ridge", [])];
  const x = solveSpd(add(a, mul(ridge, constant([1, 0, 0, 1], [2, 2]))), constant([1, 2], [2, 1]));
  const program = await compile({ ridge }, { slope: grad(sum(mul(x, x)), ridge) });
  const { slope } = await program.run({ ridge: Float32Array.of(0.5) });
  // A + I / 2 = [[2.5, 1], [1, 3.5]], inverse [[3.5, -1], [-1, 2.5]] / 7.75, x = [1.5, 4] / 7.75.
  const [u, v] = [1.5 / 7.75, 4 / 7.75];
  const wanted = (-2 * (3.5 * u * u - 2 * u * v + 2.5 * v * v)) / 7.75;
  expect(slope[0]).toBeCloseTo(wanted, 6);
});
