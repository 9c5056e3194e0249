import { describe, expect, test } from "vitest";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { tensorCases } from "../../../testing/tensor-cases/index.ts";
import { valueOf } from "../../../testing/tensor-literal.ts";
import * as tensor from "../index.ts";

const differentiable = tensorCases.filter(
  (row) => row.order !== 0 && valueOf(row.golden).dtype === "float32",
);

describe("first and second derivatives", () => {
  test.each(differentiable)("$op: $what", (row) => {
    expect(() => checkGradient((inputs) => row.build(inputs), row.values)).not.toThrow();
  });
});

test("every exported operator has cases", () => {
  const others = new Set(["input", "zeros", "grad", "compile", "explain", "flatten", "mapTree", "map"]);
  const functions = Object.entries(tensor).filter(([, value]) => typeof value === "function");
  const operators = functions.map(([name]) => name).filter((name) => !others.has(name));
  const covered = new Set(tensorCases.map((row) => row.op));
  expect(operators.filter((name) => !covered.has(name))).toEqual([]);
  expect([...covered].filter((name) => !operators.includes(name))).toEqual([]);
});
