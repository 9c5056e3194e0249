import { expect, test } from "vitest";
import {
  fullSpec,
  plainLayer,
  plainRelu,
  plainRows,
  scoresOf,
  sideBySide,
  trialParams,
} from "../../testing/networks.ts";
import { evaluate } from "../../testing/reference.ts";
import { createRng } from "../base/rng.ts";
import { constant, zeros } from "../tensor/index.ts";
import { mlp } from "./mlp.ts";

const spec = { size: 1, user: 0, item: 2, userId: 0, itemId: 0, dense: 0 } as const;

test("shapes run from the joined row through the hidden layers to one score", () => {
  const row = { size: 32, user: 4, item: 4, userId: 0, itemId: 0, dense: 2 } as const;
  expect(mlp.shapes(row, { hidden: [64, 32], dropout: 0 })).toEqual({
    layers: { "0": { weight: [258, 64], bias: [64] }, "1": { weight: [64, 32], bias: [32] } },
    head: { weight: [32, 1], bias: [1] },
  });
  expect(mlp.shapes(row, { hidden: [], dropout: 0 })["head"]).toEqual({ weight: [258, 1], bias: [1] });
});

test("scores by hand: the ReLU cuts one unit, the last layer has none, dropout is after the ReLU", () => {
  const params = {
    // z = [x0 - 1, x0 + 2 x1]; score = 3 relu(z0) - relu(z1) + 0.5
    layers: { "0": { weight: constant([1, 1, 0, 2], [2, 2]), bias: constant([-1, 0], [2]) } },
    head: { weight: constant([3, -1], [2, 1]), bias: constant([0.5], [1]) },
  };
  const item = constant([3, 1, 0, -4, 1, 3], [3, 2]);
  const support = { item, value: constant([0, 0, 0], [3]), mask: constant([0, 0, 0], [3]) };
  const scoring = { spec, options: { hidden: [2], dropout: 0 }, support };
  const score = mlp.score(params, { item }, { ...scoring, drop: (x) => x });
  expect([...evaluate([score], new Map())[0]!]).toEqual([1.5, 0.5, -6.5]);
  const dropped = mlp.score(params, { item }, { ...scoring, drop: (x) => zeros(x.shape) });
  expect([...evaluate([dropped], new Map())[0]!]).toEqual([0.5, 0.5, 0.5]);
});

test("joins user, user ID, item, item ID and plain numbers in this order", () => {
  const rows = plainRows(fullSpec, 3, createRng(1));
  const trial = { model: mlp, spec: fullSpec, rows };
  const params = trialParams(trial);
  rows.forEach((row, i) => {
    const first = plainRelu(plainLayer(params, "layers.0", sideBySide(row)));
    const second = plainRelu(plainLayer(params, "layers.1", first));
    expect(scoresOf(trial)[i]).toBeCloseTo(plainLayer(params, "head", second)[0]!, 12);
  });
});
