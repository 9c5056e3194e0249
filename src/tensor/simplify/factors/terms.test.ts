import { expect, test } from "vitest";
import { misses } from "../../../../testing/backend-contract.ts";
import { evaluate } from "../../../../testing/reference.ts";
import * as t from "../../index.ts";
import { priceOf } from "./price.ts";
import { added, innerProduct, multipliedOut, plain, product, scaled, summed } from "./terms.ts";

const a = t.input("a", [2, 3]);
const b = t.input("b", [2, 4]);
const own = t.input("own", [5, 3, 4]);
const rates = t.input("rates", [5, 1, 1]);
const other = t.input("other", [5, 3, 4]);
const feeds = new Map(
  [a, b, own, rates, other].map((x, at) => [
    x,
    Float64Array.from({ length: x.shape.reduce((m, n) => m * n, 1) }, (_, i) => Math.sin(2 * i + at)),
  ]),
);
/** One matrix for all tasks, `a^T b`, and one for each. */
const both = added(
  product({ x: a, transposed: true }, { x: b, transposed: false }),
  scaled(plain(own), rates),
);
const whole = t.add(t.matmul(a, b, { transposeA: true }), t.mul(own, rates));

function expectSame(got: t.Tensor, wanted: t.Tensor): void {
  const [x, y] = evaluate([got, wanted], feeds);
  expect(got.shape).toEqual(wanted.shape);
  expect(misses(x ?? [], y ?? [], 1e-12)).toEqual([]);
}

test("a shared product and scaled matrices: formed, summed over tasks, and in an inner product", () => {
  expectSame(multipliedOut(both, [5, 3, 4]), whole);
  expectSame(summed(both, [5], [1, 3, 4]), t.sum(whole, 0, true));
  expectSame(innerProduct(both, other, [1, 2], [5, 1, 1]), t.sum(t.mul(whole, other), [1, 2], true));
});

test("a price grows with operations at equal bytes, counts a shared node once and stops at what is given", () => {
  const [x, y] = [t.input("x", [64, 64]), t.input("y", [64, 64])];
  const [sum, both64] = [t.add(x, y), t.matmul(x, y)];
  const price = (...roots: t.Tensor[]): number => priceOf(roots, () => false);
  expect(price(both64) - price(sum)).toBe(2 * 64 ** 3 - 64 ** 2);
  expect(price(t.square(sum), sum)).toBe(price(t.square(sum)));
  expect(priceOf([t.square(sum)], (node) => node === sum)).toBe(price(t.square(sum)) - price(sum));
});
