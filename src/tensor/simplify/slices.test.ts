import { expect, test } from "vitest";
import { misses } from "../../../testing/backend-contract.ts";
import { evaluate } from "../../../testing/reference.ts";
import { topological } from "../grad.ts";
import * as t from "../index.ts";
import { sizeOf } from "../tensor.ts";
import { sliceFirst } from "./slices.ts";

const shapes = { a: [2, 4, 3], b: [3, 5], own: [2, 3, 5], c: [2, 4, 5], row: [5], column: [4, 1] } as const;
const x = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, t.input(name, shape)]),
) as Record<keyof typeof shapes, t.Tensor>;
const feeds = new Map(
  Object.values(x).map((input, at) => [
    input,
    Float64Array.from({ length: sizeOf(input.shape) }, (_, i) => Math.sin(3 * at + i)),
  ]),
);

interface Program {
  readonly what: string;
  readonly build: () => t.Tensor;
  /** What reads the operator that was cut, in order from the inputs, without slices. */
  readonly largest: number;
}

/** The largest result of an operator that computes: what is not needed must not be made. */
const largest = (root: t.Tensor): number =>
  Math.max(
    0,
    ...topological([root])
      .filter(({ op }) => !["input", "constant", "slice", "reshape"].includes(op.name))
      .map((node) => sizeOf(node.shape)),
  );

const product = (): t.Tensor => t.matmul(x.a, x.own);
const programs: readonly Program[] = [
  { what: "columns of a product", build: () => t.slice(product(), 2, 1, 3), largest: 16 },
  { what: "rows of a product", build: () => t.slice(product(), 1, 3, 4), largest: 10 },
  {
    what: "columns of a transposed product",
    build: () => t.slice(t.matmul(x.own, x.c, { transposeB: true }), 2, 0, 1),
    largest: 6,
  },
  {
    what: "rows of a product whose left side is read transposed",
    build: () => t.slice(t.matmul(x.a, x.c, { transposeA: true }), 1, 1, 2),
    largest: 10,
  },
  {
    what: "columns of a product with shared weights",
    build: () => t.slice(t.matmul(x.a, x.b), 2, 2, 5),
    largest: 24,
  },
  {
    what: "a sum with what broadcasts",
    build: () => t.slice(t.sub(t.add(product(), x.row), t.mul(x.column, t.neg(x.c))), 2, 4, 5),
    largest: 8,
  },
  {
    what: "columns of a reshaped sum",
    build: () => t.slice(t.reshape(t.add(x.c, x.row), [8, 5]), 1, 1, 3),
    largest: 16,
  },
  {
    what: "rows and columns after axes that were split",
    build: () => t.slice(t.slice(t.reshape(t.neg(x.c), [1, 2, 1, 4, 5]), 3, 1, 2), 4, 2, 5),
    largest: 6,
  },
  {
    what: "two slices of the same product",
    build: () => {
      const whole = product();
      return t.add(t.slice(whole, 2, 0, 2), t.slice(whole, 2, 3, 5));
    },
    largest: 16,
  },
];

test.each(programs)("$what: computed for what is kept only", ({ build, largest: expected }) => {
  const raw = build();
  let simple = raw;
  for (let i = 0; i < 4; i++) simple = sliceFirst([simple])[0]!;
  expect(largest(raw)).toBeGreaterThan(expected);
  expect(largest(simple)).toBe(expected);
  const [wanted, got] = evaluate([raw, simple], feeds) as [Float64Array, Float64Array];
  expect(simple.shape).toEqual(raw.shape);
  expect(misses(got, wanted, 1e-12)).toEqual([]);
});

const kept: readonly (readonly [string, () => readonly t.Tensor[]])[] = [
  [
    "a product that is needed whole as well",
    () => [t.slice(product(), 2, 0, 1)].flatMap((s) => [s, s.inputs[0]!]),
  ],
  ["a cut through the batch", () => [t.slice(product(), 0, 0, 1)]],
  ["a cut across an axis that was reshaped", () => [t.slice(t.reshape(t.tanh(x.c), [8, 5]), 0, 0, 3)]],
  ["what is not linear", () => [t.slice(t.softmax(x.c, 2), 2, 0, 1)]],
];

test.each(kept)("%s stays", (_, build) => {
  const raw = build();
  expect(sliceFirst(raw)).toEqual(raw);
});
