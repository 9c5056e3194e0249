import { describe, expect, test } from "vitest";
import { checkGradient } from "../../../testing/check-gradient.ts";
import { operators } from "../../../testing/operators.ts";
import { type TensorCase, tensorCases } from "../../../testing/tensor-cases/index.ts";
import { valueOf } from "../../../testing/tensor-literal.ts";

const hasFloats = (row: TensorCase): boolean =>
  Object.values(row.values).some((literal) => valueOf(literal).dtype === "float32");
const differentiable = tensorCases.filter(
  (row) => row.order !== 0 && valueOf(row.golden).dtype === "float32" && hasFloats(row),
);

describe("first and second derivatives", () => {
  test.each(differentiable)("$op: $what", (row) => {
    expect(() => checkGradient((inputs) => row.build(inputs), row.values)).not.toThrow();
  });
});

const sizesOf = (row: TensorCase): number[] =>
  Object.values(row.values).map((literal) => valueOf(literal).data.length);
const sizeOfGolden = (row: TensorCase): number => valueOf(row.golden).data.length;

/** What the rows of every operator must show together. */
const demands: readonly [what: string, shows: (row: TensorCase) => boolean][] = [
  ["values of more than one element", (row) => sizeOfGolden(row) > 1],
  ["a derivative", (row) => sizeOfGolden(row) > 0 && differentiable.includes(row)],
  [
    "one element",
    (row) => (sizesOf(row).length > 0 ? sizesOf(row) : [sizeOfGolden(row)]).every((n) => n === 1),
  ],
  ["no elements", (row) => [...sizesOf(row), sizeOfGolden(row)].includes(0)],
];

/** Why no row of an operator has a derivative. */
const flat: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    "greater less greaterEqual lessEqual equal notEqual and or not".split(" ").map((op) => [op, "yes or no"]),
  ),
  argMax: "a position",
  cast: "to integers and booleans",
  indicator: "of booleans",
  stopGradient: "it stops it",
};

test.each(demands)("the rows of every exported operator show %s", async (what, shows) => {
  const shown = new Set(tensorCases.filter(shows).map((row) => row.op));
  const lacking = (await operators()).filter((op) => !shown.has(op));
  expect(lacking.sort()).toEqual(what === "a derivative" ? Object.keys(flat).sort() : []);
});

/** Operators whose operands need not be of one shape. */
const stretching =
  "add sub mul div pow maximum minimum greater less greaterEqual lessEqual equal notEqual and or where dot matvec matmul solveSpd dropout";

test.each(stretching.split(" "))("the rows of %s show operands of other shapes", (op) => {
  const shapesOf = (row: TensorCase): string[] =>
    Object.values(row.values).map((literal) => valueOf(literal).shape.join());
  const rows = tensorCases.filter((row) => row.op === op && sizeOfGolden(row) > 1);
  const stretched = rows.filter((row) => new Set(shapesOf(row)).size > 1);
  expect(stretched.length).toBeGreaterThan(0);
  expect(stretched.some((row) => differentiable.includes(row))).toBe(!(op in flat));
});

test("every row is of an exported operator", async () => {
  const known = await operators();
  expect(tensorCases.map((row) => row.op).filter((op) => !known.includes(op))).toEqual([]);
});
