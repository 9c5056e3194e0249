import { expect, test } from "vitest";
import { packBags } from "../../encoders/bags.ts";
import { summedContent, summedContentGradient } from "./content.ts";

/** Row 0: token 0 of the first field, half of tokens 2 and 3 of the second; row 1: token 1 and nothing. */
const bags = packBags(
  ["a", "b"],
  [2, 2],
  [
    [
      [[0, 1]],
      [
        [0, 0.5],
        [1, 0.5],
      ],
    ],
    [[[1, 2]], []],
  ],
);
const table = Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40);

test("fields are summed, by hand", () => {
  expect([...summedContent(bags, { data: table, width: 2 }, [1, 0])]).toEqual([4, 40, 4.5, 45]);
});

test("the gradient reaches every token of every field, and adds up, by hand", () => {
  const into = { data: new Float32Array(8).fill(1), width: 2 };
  summedContentGradient(bags, [0, 1, 0], Float32Array.of(1, 2, 3, 4, 10, 20), into);
  // token 0: (11, 22); token 1: 2 (3, 4); tokens 2 and 3: half of (11, 22); all on top of 1
  expect([...into.data]).toEqual([12, 23, 7, 9, 6.5, 12, 6.5, 12]);
});
