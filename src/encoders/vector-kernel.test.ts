import { expect, test } from "vitest";
import type { Table } from "../data/dataset.ts";
import { addVectorKernel, contentVectors } from "./vector-kernel.ts";

/** Rows 0 and 1 are seen: their mean is (2, 2), their mean squared distance from it 5. Row 2 is unseen, row 3 has none. */
const items: Table = {
  ids: ["a", "b", "c", "d"],
  columns: {
    title: { kind: "text", values: ["A", "B", "C", "D"] },
    vector: { kind: "vector", width: 2, values: Float32Array.of(1, 0, 3, 4, 2, 7, Number.NaN, 0) },
  },
};

test("vectors are centred and scaled by what training sees; a missing one stands in the middle", () => {
  const [only, ...others] = contentVectors(items, Int32Array.of(0, 1));
  expect(others).toEqual([]);
  const unit = 1 / Math.sqrt(5);
  expect([...only!.data]).toEqual([-1, -2, 1, 2, 0, 5, 0, 0].map((x) => expect.closeTo(x * unit, 6)));
});

test("similarities by hand, on top of what is there, once for each vector", async () => {
  const [only] = contentVectors(items, Int32Array.of(0, 1));
  const out = Float32Array.of(1, 0, 0, 0);
  const between = { rows: Int32Array.of(0, 3), columns: Int32Array.of(1, 3) };
  await addVectorKernel(out, [only!, only!], between, { vector: 0.5, vectorScale: 0.1 });
  // squared distances: a to b 20 / 5, a to the middle 1, b to the middle 1
  const [far, near] = [Math.exp(-0.2), Math.exp(-0.05)];
  expect([...out]).toEqual([1 + far, near, near, 1].map((x) => expect.closeTo(x, 6)));
});
