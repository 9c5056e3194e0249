import { expect, test } from "vitest";
import {
  fullSpec,
  numbersAt,
  type PlainRow,
  plainDot,
  plainRows,
  scoresOf,
  trialParams,
} from "../../testing/networks.ts";
import { createRng } from "../base/rng.ts";
import { gated } from "./gated.ts";
import { mlp } from "./mlp.ts";

const trial = { model: gated(mlp), spec: fullSpec, rows: plainRows(fullSpec, 3, createRng(5)) };
const params = trialParams(trial);
const gate = { weight: numbersAt(params, "fusion.weight"), bias: numbersAt(params, "fusion.bias") };
const missing = (row: PlainRow): PlainRow => ({ ...row, item: row.item.with(0, 0).with(1, 0).with(2, 0) });

/** The item's vector by hand: two attributes and the ID, of three numbers each. */
function fusedByHand({ item, itemId }: PlainRow): number[] {
  const parts = [item.slice(0, 3), item.slice(3), [...itemId]];
  const known = parts.map((part) => Number(part.some((x) => x !== 0)));
  const odds = parts.map((part, m) => {
    return known[m]! * Math.exp(plainDot(part, gate.weight.slice(3 * m, 3 * m + 3)) + gate.bias[m]!);
  });
  const [count, total] = [known, odds].map((list) => list.reduce((a, b) => a + b, 0)) as [number, number];
  return [0, 1, 2].map((j) => parts.reduce((sum, part, m) => sum + (count * odds[m]! * part[j]!) / total, 0));
}

test("is the network on one vector an item, fused by hand; what is missing is masked", () => {
  const rows = [...trial.rows, missing(trial.rows[0]!)];
  const plain = { ...fullSpec, item: 1, itemId: 0 } as const;
  const joined = rows.map((row) => ({ ...row, item: fusedByHand(row), itemId: [] }));
  const { fusion: _, ...own } = params;
  const model = {
    ...mlp,
    score: (_params: unknown, ...rest: never[]) => (mlp.score as (...all: unknown[]) => never)(own, ...rest),
  };
  const expected = scoresOf({ model, spec: plain, rows: joined });
  scoresOf({ ...trial, rows }).forEach((score, i) => expect(score).toBeCloseTo(expected[i]!, 5));
});

test("a single vector an item has no gates: it is the network itself", () => {
  const spec = { ...fullSpec, item: 1, itemId: 0 } as const;
  const options = { hidden: [4, 3], dropout: 0 };
  expect(gated(mlp).shapes(spec, options)).toEqual(mlp.shapes(spec, options));
  const rows = plainRows(spec, 2, createRng(6));
  expect(scoresOf({ model: gated(mlp), spec, rows })).toEqual(scoresOf({ model: mlp, spec, rows }));
});

test("gates start at zero, the network as it does alone", () => {
  expect(gated(mlp).start?.("fusion.weight", [3, 3])).toEqual({ fill: 0 });
  expect(gated(mlp).start?.("head.weight", [4, 1])).toBe(mlp.start?.("head.weight", [4, 1]));
});
