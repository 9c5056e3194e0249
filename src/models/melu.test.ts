import { expect, test } from "vitest";
import { evaluate } from "../../testing/reference.ts";
import { constant } from "../tensor/index.ts";
import { meluScore, meluShapes, traceMelu } from "./melu.ts";

const layers = {
  // z = [x0 - 1, x0 + 2 x1]; score = 3 relu(z0) - relu(z1) + 0.5
  "0": { weight: constant([1, 1, 0, 2], [2, 2]), bias: constant([-1, 0], [2]) },
  "1": { weight: constant([3, -1], [2, 1]), bias: constant([0.5], [1]) },
};

test("shapes run from the input through the hidden layers to one score", () => {
  expect(meluShapes(256, [64, 32])).toEqual({
    "0": { weight: [256, 64], bias: [64] },
    "1": { weight: [64, 32], bias: [32] },
    "2": { weight: [32, 1], bias: [1] },
  });
});

test("scores by hand, the ReLU cutting one unit", () => {
  const x = constant([3, 1, 0, -4], [2, 2]);
  const [scores] = evaluate([meluScore(layers, x)], new Map());
  // x = (3, 1): z = (2, 5) -> 6 - 5 + .5; x = (0, -4): z = (-1, -8) -> .5
  expect([...scores!]).toEqual([1.5, 0.5]);
});

test("the last layer has no ReLU, and leading axes stay", () => {
  const score = meluScore(layers, constant([1, 3, 1, 3], [2, 1, 2]));
  expect(score.shape).toEqual([2, 1]);
  expect([...evaluate([score], new Map())[0]!]).toEqual([-6.5, -6.5]);
});

test("the trace keeps what went in and came out of every layer", () => {
  const trace = traceMelu(layers, constant([0, 1], [1, 2]));
  const tensors = [trace.inputs, trace.preactivations].flatMap((layer) => Object.values(layer));
  const values = evaluate(tensors, new Map()).map((v) => [...v]);
  expect(values).toEqual([[0, 1], [0, 2], [-1, 2], [-1.5]]);
});
