import { expect, test } from "vitest";
import { checkerboard } from "../../../testing/worlds/checkerboard.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import { oneClassShape } from "./one-class.ts";
import { lastLayout } from "./one-class-layout.ts";

const catalogue = fitCatalogue(checkerboard({ users: 80 }), { minEvents: 2, atLeast: 4 });
const shape = oneClassShape(catalogue, { embeddingSize: 1, hiddenSize: 2, fusion: "sum" });
const all = catalogue.items.ids;
/** Features `[i, 100 i]` and the like. */
const featuresOf = (factor: number): Float32Array =>
  Float32Array.from(all.flatMap((_, i) => [factor * i, 100 * factor * i]));
const [one, two] = [featuresOf(1), featuresOf(-1)];
const [early, late] = [1_501_000_000, 1_506_000_000];

test("priors that take turns on a list find their rows as they were, and share its trends", () => {
  const layOut = lastLayout(catalogue, shape);
  const list = Int32Array.of(3, 0, 5);
  const [a, b] = [layOut(one, list, early), layOut(two, list, early)];
  expect([...a.rows.subarray(0, 7), a.rows.length]).toEqual([3, 300, 0, 0, 5, 500, 0, 2 * a.room]);
  expect([[...a.bias], [...b.bias]]).toEqual([
    [300, 0, 500],
    [-300, -0, -500],
  ]);
  expect(b.trends).toBe(a.trends);
  expect(layOut(one, list, early).rows).toBe(a.rows);
  expect(layOut(two, list, early).rows).toBe(b.rows);
});

test("a later moment changes the trends and leaves the rows; another list has both of its own", () => {
  const layOut = lastLayout(catalogue, shape);
  const list = Int32Array.of(3, 0, 5);
  const before = layOut(one, list, early);
  const after = layOut(one, list, late);
  expect(after.rows).toBe(before.rows);
  expect(after.trends).not.toEqual(before.trends);
  const other = layOut(one, Int32Array.of(3, 0, 6), late);
  expect([...other.bias]).toEqual([300, 0, 600]);
  expect(other.trends).not.toEqual(after.trends);
  expect(layOut(one, list, early)).toEqual(before);
});
