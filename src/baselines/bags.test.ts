import { expect, test } from "vitest";
import { bagsOf, bagVector, contentBag, type FeatureTable, learnBag } from "./bags.ts";
import { createWorkspace } from "./kernels/workspace.ts";

const tokens = {
  size: 3,
  ofRow: { offsets: Int32Array.of(0, 2, 2, 3), others: Int32Array.of(0, 2, 1) },
  ofFeatures: () => new Int32Array(0),
};
/** The first two rows have an event. */
const bags = bagsOf(tokens, { offsets: Int32Array.of(0, 1, 2, 2), others: Int32Array.of(0, 0) }, 0.8);

function tableOf(): { table: FeatureTable; values: Float32Array; sum: number; sums: Float32Array } {
  const { areas, kernels, stride } = createWorkspace(4, { features: 6, sum: 1 });
  areas.features.values.forEach((_, at) => {
    areas.features.values[at] = at;
  });
  const table = { kernels, stride, address: areas.features.address, squares: new Float32Array(6).fill(4) };
  return { table, values: areas.features.values, sum: areas.sum.address, sums: areas.sum.values };
}

test("tokens share the content weight, IDs come after them, and who was not in training has none", () => {
  const plain = bags.map(({ tokens: own, weight, id }) => [[...own], weight, id]);
  expect(plain).toEqual([
    [[0, 2], 0.4, 3],
    [[], 0, 4],
    [[1], 0.8, -1],
  ]);
  expect(contentBag(Int32Array.of(0, 1), 0.8)).toEqual({ tokens: Int32Array.of(0, 1), weight: 0.4, id: -1 });
});

test("a bag's vector is the weighted sum of its rows, by hand", () => {
  const { table, sum, sums } = tableOf();
  bagVector(table, bags[0]!, sum);
  // .4 (0, 1, 2, 3) + .4 (8, 9, 10, 11) + (12, 13, 14, 15)
  expect([...sums]).toEqual([15.2, 17, 18.8, 20.6].map((v) => expect.closeTo(v, 5)));
  bagVector(table, bags[2]!, sum);
  expect([...sums]).toEqual([3.2, 4, 4.8, 5.6].map((v) => expect.closeTo(v, 5)));
});

test("a step of Adagrad with decay moves the bag's rows and no others, by hand", () => {
  const { table, values, sum, sums } = tableOf();
  sums.set([1, -1, 2, 0]);
  learnBag(table, bags[0]!, sum, { learningRate: 0.2, weightDecay: 0.5 });
  const [rate, keep] = [0.2 / 2, 1 - (0.2 / 2) * 0.5];
  const row = (r: number): number[] => [...values.subarray(4 * r, 4 * r + 4)];
  const moved = (r: number, share: number): unknown[] =>
    [1, -1, 2, 0].map((g, k) => expect.closeTo(keep * (4 * r + k) + rate * share * g, 5));
  expect([row(0), row(2), row(3)]).toEqual([moved(0, 0.4), moved(2, 0.4), moved(3, 1)]);
  expect([row(1), row(4)]).toEqual([
    [4, 5, 6, 7],
    [16, 17, 18, 19],
  ]);
  // The mean square of the gradient is 6 / 4.
  expect([...table.squares]).toEqual([4.24, 4, 4.24, 5.5, 4, 4].map((v) => expect.closeTo(v, 5)));
});
