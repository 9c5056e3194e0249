import { expect, test } from "vitest";
import {
  fullSpec,
  itemSpec,
  numbersAt,
  plainDot,
  plainLayer,
  plainRelu,
  plainRows,
  scoresOf,
  trialParams,
} from "../../testing/networks.ts";
import { createRng } from "../base/rng.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Params } from "./model.ts";
import { twoTower } from "./two-tower.ts";

/** The root of 4 has no rounding. */
const options = { hidden: [5, 4], dropout: 0 };

/** What follows the first layer of a tower. */
function tower(params: Params<Tensor>, side: string, first: readonly number[]): number[] {
  return plainLayer(
    params,
    `${side}.out`,
    plainRelu(plainLayer(params, `${side}.layers.0`, plainRelu(first))),
  );
}

test("the inner product of both towers over the root of their width, and the item's own level", () => {
  const rows = plainRows(fullSpec, 3, createRng(6));
  const trial = { model: twoTower, spec: fullSpec, rows, options };
  const params = trialParams(trial);
  rows.forEach((row, i) => {
    const item = [...row.item, ...row.itemId, ...row.dense];
    const left = tower(params, "user", plainLayer(params, "user.first", [...row.user, ...row.userId]));
    const right = tower(params, "item", plainLayer(params, "item.first", item));
    const level = plainLayer(params, "level", item)[0]!;
    expect(scoresOf(trial)[i]).toBeCloseTo(plainDot(left, right) / 2 + level, 12);
  });
});

test("somebody of whom nothing is known starts from one learned vector", () => {
  const rows = plainRows(itemSpec, 2, createRng(7));
  const trial = { model: twoTower, spec: itemSpec, rows, options };
  const params = trialParams(trial);
  const left = tower(params, "user", numbersAt(params, "user.first.alone"));
  rows.forEach((row, i) => {
    const item = [...row.item, ...row.itemId];
    const right = tower(params, "item", plainLayer(params, "item.first", item));
    const level = plainLayer(params, "level", item)[0]!;
    expect(scoresOf(trial)[i]).toBeCloseTo(plainDot(left, right) / 2 + level, 12);
  });
});

test("a tower's hidden layers are as wide as told, and it ends as wide as the last", () => {
  expect(twoTower.shapes(itemSpec, { hidden: [8, 5], dropout: 0 })["item"]).toEqual({
    first: { weight: [6, 8], bias: [8] },
    layers: { "0": { weight: [8, 5], bias: [5] } },
    out: { weight: [5, 5], bias: [5] },
  });
});
