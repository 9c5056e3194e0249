import fc from "fast-check";
import { expect, test } from "vitest";
import { packBags, pool, poolGradient, presentFields, usedTokens, withoutFields } from "./bags.ts";

/** Two fields of 2 and 3 tokens; row 0: [1 x .5], []; row 1: [0 x 1], [0 x 2, 2 x 1]. */
const bags = packBags(
  ["a", "b"],
  [2, 3],
  [
    [[[1, 0.5]], []],
    [
      [[0, 1]],
      [
        [0, 2],
        [2, 1],
      ],
    ],
  ],
);
/** Token t is embedded as (t, 10 t). */
const table = { data: Float32Array.of(0, 0, 1, 10, 2, 20, 3, 30, 4, 40), width: 2 };

test("tokens of the fields are numbered one after another", () => {
  expect(bags).toEqual({
    rows: 2,
    fields: ["a", "b"],
    tokens: 5,
    offsets: Int32Array.of(0, 1, 1, 2, 4),
    ids: Int32Array.of(1, 0, 2, 4),
    weights: Float32Array.of(0.5, 1, 2, 1),
  });
});

test("pool sums weighted embeddings, a field at a time, in the order of the rows asked for", () => {
  expect([...pool(bags, table, [1, 0, 1])]).toEqual([0, 0, 8, 80, 0.5, 5, 0, 0, 0, 0, 8, 80]);
});

test("poolGradient adds to what is there, and to a token for each of its uses", () => {
  const into = { data: new Float32Array(10).fill(1), width: 2 };
  poolGradient(bags, [1, 1], Float32Array.of(1, 2, 3, 4, 0, 0, 1, 1), into);
  // token 0: (1, 2); token 2: 2 (3 + 1, 4 + 1); token 4: (4, 5); all on top of 1
  expect([...into.data]).toEqual([2, 3, 1, 1, 9, 11, 1, 1, 5, 6]);
});

test("poolGradient is the adjoint of pool: <pool(t), g> = <t, poolGradient(g)>", () => {
  const number = fc.float({ min: -2, max: 2, noNaN: true });
  const property = fc.property(
    fc.array(number, { minLength: 10, maxLength: 10 }),
    fc.array(number, { minLength: 12, maxLength: 12 }),
    (t, g) => {
      const rows = [1, 0, 1];
      const into = { data: new Float32Array(10), width: 2 };
      poolGradient(bags, rows, Float32Array.from(g), into);
      const pooled = pool(bags, { data: Float32Array.from(t), width: 2 }, rows);
      const left = pooled.reduce((sum, x, i) => sum + x * g[i]!, 0);
      const right = into.data.reduce((sum, x, i) => sum + x * t[i]!, 0);
      expect(left).toBeCloseTo(right, 3);
    },
  );
  fc.assert(property, { seed: 3, numRuns: 50 });
});

test("usedTokens are distinct and ascending", () => {
  expect([...usedTokens(bags, [1, 0, 1])]).toEqual([0, 1, 2, 4]);
  expect([...usedTokens(bags, [])]).toEqual([]);
});

test("a row that the table does not have is empty", () => {
  expect([...pool(bags, table, [7])]).toEqual([0, 0, 0, 0]);
  expect([...usedTokens(bags, [7])]).toEqual([]);
});

test("presentFields tells empty bags from others", () => {
  expect([...presentFields(bags, [1, 0, 1])]).toEqual([1, 1, 1, 0, 1, 1]);
});

test("a field that is left out is empty in every row, the others are as they were", () => {
  const left = withoutFields(bags, ["a"]);
  expect(left).toEqual({
    ...bags,
    offsets: Int32Array.of(0, 0, 0, 0, 2),
    ids: Int32Array.of(2, 4),
    weights: Float32Array.of(2, 1),
  });
  expect([...pool(left, table, [0, 1])]).toEqual([0, 0, 0, 0, 0, 0, 8, 80]);
  expect(withoutFields(bags, ["c"])).toBe(bags);
  expect([...presentFields(withoutFields(bags, ["b", "a"]), [0, 1])]).toEqual([0, 0, 0, 0]);
});
