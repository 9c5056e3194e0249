import { expect, test } from "vitest";
import { constant, explain, input, mul, sum } from "./index.ts";
import { buildGraph } from "./program.ts";

test("a program reads as a list of what is computed from what", () => {
  const x = input("x", [2, 3]);
  const y = mul(x, 2);
  const total = sum(mul(y, constant([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 1, 3])), [0, 1], true);
  expect(explain(buildGraph({ layer: { x } }, { y, out: { total } }))).toBe(
    [
      "layer.x         float32[2, 3]     input",
      "%1              float32[]         constant 2",
      "%2 = y          float32[2, 3]     mul layer.x %1",
      "%3              float32[3, 1, 3]  constant of 9 numbers",
      "%4              float32[3, 2, 3]  mul %2 %3",
      '%5 = out.total  float32[1, 1, 3]  sum {"axes":[0,1]} %4',
    ].join("\n"),
  );
});

test("an empty program is empty text", () => {
  expect(explain({ inputs: [], outputs: [], nodes: [] })).toBe("");
});
