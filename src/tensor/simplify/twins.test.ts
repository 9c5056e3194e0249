import { expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { evaluate } from "../../../testing/reference.ts";
import { topological } from "../grad.ts";
import * as t from "../index.ts";
import { simplify } from "./simplify.ts";
import { shareTransposed } from "./twins.ts";

const [a, b, c] = [t.input("a", [2, 4, 3]), t.input("b", [2, 5, 3]), t.input("c", [2, 4, 6])];
const feeds = new Map(
  [a, b, c].map((x, at) => [
    x,
    Float64Array.from({ length: x.shape.reduce((m, n) => m * n, 1) }, (_, i) => Math.cos(5 * at + i)),
  ]),
);
const products = (roots: readonly t.Tensor[]): number =>
  topological(roots).filter(({ op }) => op.name === "matmul").length;
const gram = (): t.Tensor => t.matmul(a, b, { transposeB: true });
const twin = (): t.Tensor => t.matmul(b, a, { transposeB: true });

test("a product and its transpose are made once", () => {
  const raw = [t.tanh(gram()), t.matmul(twin(), c)];
  const simple = simplify(raw);
  expect([products(raw), products(simple)]).toEqual([3, 2]);
  const [wanted, got] = [evaluate(raw, feeds), evaluate(simple, feeds)];
  raw.forEach((_, i) => expect(misses(got[i]!, wanted[i]!, 1e-12)).toEqual([]));
});

test("a transpose that is read otherwise, or is a result, is made as it was", () => {
  for (const raw of [
    [gram(), t.tanh(twin())],
    [t.matmul(gram(), b), twin()],
  ])
    expect(shareTransposed(raw)).toEqual(raw);
});

test("factors of other sides or orders are not confused", () => {
  const square = t.input("square", [4, 4]);
  const other = t.input("other", [4, 4]);
  const raw = [t.matmul(square, other), t.matmul(t.matmul(other, square), square)];
  expect(shareTransposed(raw)).toEqual(raw);
});
