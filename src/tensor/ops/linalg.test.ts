import { describe, expect, test } from "vitest";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { createRng, type Rng } from "../../base/rng.ts";
import { add, compile, constant, grad, input, inverseSpd, matmul, mul, solveSpd, sum } from "../index.ts";

/**
 * A symmetric matrix with known eigenvalues, from 1 down to `1 / condition` in equal ratios, and its inverse: three
 * Householder reflections `H` of a diagonal, `A = H D H^T`, `A^-1 = H D^-1 H^T`, in float64.
 */
function known(n: number, condition: number, rng: Rng): { a: number[]; inverse: number[] } {
  const values = Array.from({ length: n }, (_, i) => (n === 1 ? 1 : condition ** (-i / (n - 1))));
  const diagonal = (of: (value: number) => number): number[] =>
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? of(values[i / (n + 1)] ?? 1) : 0));
  const vectors = Array.from({ length: 3 }, () => Array.from({ length: n }, () => rng.normal()));
  const turned = (m: number[]): number[] => vectors.reduce((into, v) => reflect(into, v), m);
  return { a: turned(diagonal((x) => x)), inverse: turned(diagonal((x) => 1 / x)) };
}

/** `H m H` with `H = I - 2 v v^T / v^T v`. */
function reflect(m: readonly number[], v: readonly number[]): number[] {
  const n = v.length;
  const norm = v.reduce((total, x) => total + x * x, 0);
  const h = Array.from({ length: n * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    return (row === column ? 1 : 0) - (2 * (v[row] ?? 0) * (v[column] ?? 0)) / norm;
  });
  return product(product(h, m, n), h, n);
}

function product(a: readonly number[], b: readonly number[], n: number): number[] {
  return Array.from({ length: n * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    let total = 0;
    for (let k = 0; k < n; k++) total += (a[row * n + k] ?? 0) * (b[k * n + column] ?? 0);
    return total;
  });
}

/** Largest error of an entry, relative to the largest entry of the inverse. */
function errorOf(got: ArrayLike<number>, wanted: readonly number[]): number {
  const scale = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((x, i) => Math.abs((got[i] ?? Number.NaN) - x))) / scale;
}

/** What float32 on onnxruntime must keep: about condition number times 6e-8, with room for growth with the size. */
const allowed = [
  [1, 1e-6],
  [1e2, 2e-5],
  [1e4, 2e-3],
] as const;
const batch = 5;

describe.each([1, 2, 3, 32, 48])("inverseSpd of size %i on onnxruntime, a batch of five", (n) => {
  test.each(allowed)("condition %f: relative error below %f", async (condition, limit) => {
    const worlds = Array.from({ length: batch }, (_, i) => known(n, condition, createRng(n).split(i)));
    const a = input("a", [batch, n, n]);
    const program = await compile({ a }, { x: inverseSpd(a) });
    const { x } = await program.run({ a: Float32Array.from(worlds.flatMap((world) => world.a)) });
    const errors = worlds.map(({ inverse }, i) => errorOf(x.subarray(i * n * n, (i + 1) * n * n), inverse));
    expect(Math.max(...errors)).toBeLessThan(limit);
  });
});

test("solveSpd solves what was multiplied, a batch with its own right sides", async () => {
  const [n, columns] = [16, 3];
  const rng = createRng(4).split("solve");
  const worlds = Array.from({ length: batch }, () => known(n, 10, rng));
  const truth = Float32Array.from({ length: batch * n * columns }, () => rng.normal());
  const [a, x] = [input("a", [batch, n, n]), input("x", [batch, n, columns])];
  const program = await compile({ a, x }, { solved: solveSpd(a, matmul(a, x)) });
  const { solved } = await program.run({ a: Float32Array.from(worlds.flatMap((w) => w.a)), x: truth });
  expect(errorOf(solved, Array.from(truth))).toBeLessThan(1e-5);
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
