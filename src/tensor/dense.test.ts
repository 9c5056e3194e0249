import { expect, test } from "vitest";
import { knownSpd, relativeError } from "../../testing/spd.ts";
import { createRng } from "../base/rng.ts";
import { invertLarge, multiplyDense } from "./dense.ts";

/** One block, exactly one, one padded row, four blocks with padding, and no number that a power of two divides. */
test.each([1, 5, 96, 97, 250, 331])(
  "invertLarge of size %i, condition 100: relative error below 5e-5",
  async (n) => {
    const { a, inverse } = knownSpd(n, 100, createRng(n).split("large"));
    const given = Float32Array.from(a);
    const got = await invertLarge(given, n);
    expect(got).toHaveLength(n * n);
    expect(relativeError(got, inverse)).toBeLessThan(5e-5);
    expect(given).toEqual(Float32Array.from(a));
  },
);

test.each([3, 200])("a matrix of zeros of size %i has no inverse", async (n) => {
  await expect(invertLarge(new Float32Array(n * n), n)).rejects.toMatchObject({ code: "NUMERIC" });
});

test("multiplyDense by hand, not square", async () => {
  const a = { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 2, columns: 3 };
  const b = { data: Float32Array.of(1, -1, 0, 2, 3, 0.5), rows: 3, columns: 2 };
  expect(Array.from(await multiplyDense(a, b))).toEqual([10, 4.5, 22, 9]);
});
