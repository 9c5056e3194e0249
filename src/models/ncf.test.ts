import { expect, test } from "vitest";
import {
  fullSpec,
  itemSpec,
  numbersAt,
  type PlainRow,
  plainLayer,
  plainRelu,
  plainRows,
  scoresOf,
  sideBySide,
  type Trial,
  trialParams,
} from "../../testing/networks.ts";
import { createRng } from "../base/rng.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Params } from "./model.ts";
import { ncf } from "./ncf.ts";

function expected(params: Params<Tensor>, row: PlainRow, user: readonly number[]): number {
  const item = plainLayer(params, "item", [...row.item, ...row.itemId, ...row.dense]);
  const deep = plainRelu(
    plainLayer(params, "layers.1", plainRelu(plainLayer(params, "layers.0", sideBySide(row)))),
  );
  return plainLayer(params, "head", [...user.map((u, i) => u * item[i]!), ...deep])[0]!;
}

test("the product of both sides' factors beside the dense layers, under one last layer", () => {
  const rows = plainRows(fullSpec, 3, createRng(4));
  const trial: Trial = { model: ncf, spec: fullSpec, rows };
  const params = trialParams(trial);
  rows.forEach((row, i) => {
    const user = plainLayer(params, "user", [...row.user, ...row.userId]);
    expect(scoresOf(trial)[i]).toBeCloseTo(expected(params, row, user), 12);
  });
});

test("somebody of whom nothing is known has one learned vector of factors", () => {
  const rows = plainRows(itemSpec, 2, createRng(5));
  const trial: Trial = { model: ncf, spec: itemSpec, rows };
  const params = trialParams(trial);
  expect(Object.keys(params["user"] as object)).toEqual(["alone"]);
  rows.forEach((row, i) =>
    expect(scoresOf(trial)[i]).toBeCloseTo(expected(params, row, numbersAt(params, "user.alone")), 12),
  );
});
