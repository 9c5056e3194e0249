import { describe, expect, test } from "vitest";
import type { Backend, DType, Shape } from "../src/tensor/index.ts";
import { add, compile, greater, input, mul, square, sum } from "../src/tensor/index.ts";
import { type TensorCase, tensorCases } from "./tensor-cases/index.ts";
import { hostArrayOf, inputsLike, valueOf } from "./tensor-literal.ts";

export interface BackendContract {
  readonly backend: Backend;
  /** Allowed difference, relative to the larger of 1 and the golden number. */
  readonly tolerance: number;
}

/**
 * What every backend keeps: the value of every operator, and how programs are fed and read. One call in a test file
 * registers the whole suite.
 *
 * @example backendContract({ backend: onnxBackend("cpu"), tolerance: 2e-6 });
 */
export function backendContract({ backend, tolerance }: BackendContract): void {
  describe(`backend contract: ${backend.name}`, () => {
    test.each(tensorCases)("$op: $what", async (row) => {
      const { data, ...kind } = await resultOf(row, backend);
      const golden = valueOf(row.golden);
      expect({ ...kind, elements: data.length }).toEqual({
        shape: golden.shape,
        dtype: golden.dtype,
        elements: golden.data.length,
      });
      expect(misses(data, golden.data, tolerance)).toEqual([]);
    });
    programTests(backend);
  });
}

interface Outcome {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: readonly number[];
}

async function resultOf(row: TensorCase, backend: Backend): Promise<Outcome> {
  const inputs = inputsLike(row.values);
  const result = row.build(inputs);
  const program = await compile(inputs, { result }, { backend });
  const feeds = Object.fromEntries(Object.entries(row.values).map(([k, v]) => [k, hostArrayOf(v)]));
  const out = await program.run(feeds);
  await program.release();
  return { shape: result.shape, dtype: result.dtype, data: Array.from(out.result) };
}

/** Numbers of `got` too far from `golden` (not a number is always too far), with both. */
export function misses(got: ArrayLike<number>, golden: ArrayLike<number>, tolerance: number): string[] {
  return Array.from(golden).flatMap((wanted, i) => {
    const difference = Math.abs((got[i] ?? Number.NaN) - wanted);
    const near = difference <= tolerance * Math.max(1, Math.abs(wanted));
    return near ? [] : [`element ${i}: ${got[i]} for ${wanted}`];
  });
}

function programTests(backend: Backend): void {
  const a = input("a", [2]);
  const b = input("b", [2]);

  test("trees go in and come out with their nesting", async () => {
    const inputs = { left: a, nested: { right: b } };
    const program = await compile(inputs, { out: { sum: add(a, b) }, product: mul(a, b) }, { backend });
    const feeds = { left: Float32Array.of(1, 2), nested: { right: Float32Array.of(10, 20) } };
    const { out, product } = await program.run(feeds);
    expect([Array.from(out.sum), Array.from(product)]).toEqual([
      [11, 22],
      [10, 40],
    ]);
  });

  test("an input may be an output, unused, or used twice; a result may come out twice", async () => {
    const total = sum(square(a));
    const program = await compile({ a, b }, { same: a, total, again: total }, { backend });
    const out = await program.run({ a: Float32Array.of(3, 4), b: Float32Array.of(0, 0) });
    expect([Array.from(out.same), Array.from(out.total), Array.from(out.again)]).toEqual([
      [3, 4],
      [25],
      [25],
    ]);
  });

  test("runs at the same time do not mix, and no result is changed by the next run", async () => {
    const program = await compile({ a }, { y: mul(a, 2) }, { backend });
    const runs = Array.from({ length: 20 }, (_, i) => program.run({ a: Float32Array.of(i, -i) }));
    const results = await Promise.all(runs);
    await program.run({ a: Float32Array.of(99, 99) });
    results.forEach(({ y }, i) => expect(Array.from(y)).toEqual([2 * i, -2 * i]));
  });

  test("feeds are not changed and results are the caller's own", async () => {
    const program = await compile({ a }, { same: a }, { backend });
    const fed = Float32Array.of(1, 2);
    const { same } = await program.run({ a: fed });
    same.fill(7);
    expect(Array.from(fed)).toEqual([1, 2]);
    expect(Array.from((await program.run({ a: fed })).same)).toEqual([1, 2]);
  });

  test("a constant needs no input; comparisons come out as booleans", async () => {
    const program = await compile({ a }, { more: greater(a, 1) }, { backend });
    expect(Array.from((await program.run({ a: Float32Array.of(0, 2) })).more)).toEqual([0, 1]);
    const alone = await compile({}, { y: add(input("x", [0]), 1) }, { backend }).catch(String);
    expect(alone).toContain('expected input "x" among the inputs');
  });

  test("names that inner values might have are free for inputs and outputs", async () => {
    const inputs = { c0: a, v0: b, i0: input("i0", []) };
    const program = await compile(inputs, { v1: mul(add(a, b), 3), c1: sum(mul(a, 0.5)) }, { backend });
    const feeds = { c0: Float32Array.of(1, 2), v0: Float32Array.of(1, 1), i0: Float32Array.of(0) };
    const out = await program.run(feeds);
    expect([Array.from(out.v1), Array.from(out.c1)]).toEqual([[6, 9], [1.5]]);
  });
}
