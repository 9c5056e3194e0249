import { expect, test } from "vitest";
import {
  fullSpec,
  numbersAt,
  type PlainRow,
  plainDot,
  plainLayer,
  plainRelu,
  plainRows,
  scoresOf,
  sideBySide,
  trialParams,
} from "../../testing/networks.ts";
import { evaluate } from "../../testing/reference.ts";
import { createRng } from "../base/rng.ts";
import { constant, type Tensor } from "../tensor/index.ts";
import { deepFm } from "./deep-fm.ts";
import { fm } from "./fm.ts";
import type { Params } from "./model.ts";

const rows = plainRows(fullSpec, 3, createRng(2));

/** Every pair of fields, one by one. */
function pairs(params: Params<Tensor>, row: PlainRow): number {
  const factors = numbersAt(params, "numbers");
  const embedded = [...row.user, ...row.userId, ...row.item, ...row.itemId];
  const fields = Array.from({ length: embedded.length / 3 }, (_, f) => embedded.slice(3 * f, 3 * f + 3));
  fields.push(...row.dense.map((x, f) => factors.slice(3 * f, 3 * f + 3).map((v) => v * x)));
  return fields.reduce((sum, a, i) => fields.slice(i + 1).reduce((s, b) => s + plainDot(a, b), sum), 0);
}

test("FM is the linear part and every pair of fields, plain numbers times their factors among them", () => {
  const trial = { model: fm, spec: fullSpec, rows };
  const params = trialParams(trial);
  rows.forEach((row, i) => {
    const linear = plainLayer(params, "linear", sideBySide(row))[0]!;
    expect(scoresOf(trial)[i]).toBeCloseTo(linear + pairs(params, row), 12);
  });
});

test("three fields of width two by hand", () => {
  const spec = { size: 2, user: 1, item: 1, userId: 0, itemId: 1, dense: 0 } as const;
  const given = {
    user: constant([1, 2], [1, 2]),
    item: constant([3, -1], [1, 2]),
    itemId: constant([0.5, 4], [1, 2]),
  };
  const params = { linear: { weight: constant([0, 0, 0, 0, 0, 1], [6, 1]), bias: constant([10], [1]) } };
  const support = { ...given, value: constant([0], [1]), mask: constant([0], [1]) };
  const score = fm.score(params, given, {
    spec,
    options: { hidden: [], dropout: 0 },
    support,
    drop: (x) => x,
  });
  // user . item = 1, user . id = 8.5, item . id = -2.5, the linear part 10 + 4
  expect([...evaluate([score], new Map())[0]!]).toEqual([21]);
});

test("DeepFM adds dense layers on the same row", () => {
  const trial = { model: deepFm, spec: fullSpec, rows };
  const params = trialParams(trial);
  rows.forEach((row, i) => {
    const x = sideBySide(row);
    const first = plainRelu(plainLayer(params, "layers.0", x));
    const deep = plainLayer(params, "head", plainRelu(plainLayer(params, "layers.1", first)))[0]!;
    const linear = plainLayer(params, "linear", x)[0]!;
    expect(scoresOf(trial)[i]).toBeCloseTo(linear + pairs(params, row) + deep, 12);
  });
});
