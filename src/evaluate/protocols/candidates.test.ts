import fc from "fast-check";
import { expect, test } from "vitest";
import { emptyHistory } from "../../data/query.ts";
import { fullCase, positionOf, without } from "./candidates.ts";

const rows = fc.uniqueArray(fc.nat(30)).map((all) => Int32Array.from(all).sort());

test("the catalogue without what was used, as a filter would leave it", () => {
  const property = fc.property(rows, fc.array(fc.nat(30)), (catalogue, used) => {
    const expected = [...catalogue].filter((item) => !used.includes(item));
    expect([...without(catalogue, Int32Array.from(used))]).toEqual(expected);
    for (const item of used) expect(positionOf(catalogue, item)).toBe(catalogue.indexOf(item));
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});

test("a case leaves out the history, or what it is told was used", () => {
  const history = { items: Int32Array.of(3, 1), values: Float32Array.of(5, 5) };
  const catalogue = Int32Array.of(1, 2, 3, 4);
  const rest = { id: "a", query: { history }, truth: emptyHistory };
  expect([...fullCase(catalogue, rest).candidates]).toEqual([2, 4]);
  expect([...fullCase(catalogue, { ...rest, used: Int32Array.of(1, 3, 4) }).candidates]).toEqual([2]);
});
