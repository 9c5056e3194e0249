import { expect, test } from "vitest";
import { compile, constant, costOf, explain, input, inverseSpd, matmul, mul, sum } from "./index.ts";
import { buildGraph } from "./program.ts";

const x = input("x", [2, 3]);

test("a program reads as a list of what is computed from what, and what it costs", () => {
  const y = mul(x, 2);
  const total = sum(mul(y, constant([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 1, 3])), [0, 1], true);
  expect(explain(buildGraph({ layer: { x } }, { y, out: { total } }))).toBe(
    [
      "layer.x         float32[2, 3]         input",
      "%1 = y          float32[2, 3]      6  mul layer.x 2",
      "%2              float32[3, 1, 3]      constant of 9 numbers",
      "%3              float32[3, 2, 3]  18  mul %1 %2",
      "%4 = out.total  float32[1, 1, 3]  18  sum %3 (axes 0 1)",
      "3 operators, 42 floating-point operations, 268 bytes read and written",
    ].join("\n"),
  );
});

test("large counts are short, settings are words, a compiled program may be given itself", async () => {
  const [a, b] = [input("a", [200, 100]), input("b", [200, 100])];
  const program = await compile({ a, b }, { ab: matmul(a, b, { transposeA: true }) });
  expect(explain(program).split("\n").slice(2)).toEqual([
    "%1 = ab  float32[100, 100]  4M  matmul a b (transposeA)",
    "1 operator, 4M floating-point operations, 200k bytes read and written",
  ]);
});

test("a constant that is an output is a line of its own", () => {
  expect(explain(buildGraph({}, { half: constant(0.5) }))).toContain("0.5 = half  float32[]    constant 0.5");
});

test("an empty program costs nothing", () => {
  const none = { inputs: [], outputs: [], nodes: [] };
  expect(explain(none)).toBe("0 operators, 0 floating-point operations, 0 bytes read and written");
  expect(costOf(none)).toEqual({ flops: 0, bytes: 0 });
});

test("operations of a batch of products, a folded one and an inverse", () => {
  const [a, w] = [input("a", [4, 5, 6]), input("w", [6, 7])];
  const folded = buildGraph({ a, w }, { y: matmul(a, w) });
  expect(costOf(folded)).toEqual({ flops: 2 * 20 * 6 * 7, bytes: 4 * (120 + 42 + 140) });
  const square = buildGraph({ a }, { y: matmul(a, a, { transposeB: true }) });
  expect(costOf(square).flops).toBe(2 * 4 * 5 * 6 * 5);
  const s = input("s", [3, 8, 8]);
  expect(costOf(buildGraph({ s }, { y: inverseSpd(s) })).flops).toBe(2 * 3 * 8 ** 3);
});
