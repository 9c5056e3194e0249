import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import type { Shape } from "../tensor/index.ts";
import { initParams, paramInputs, type Start } from "./params.ts";

const shapes = { layer: { weight: [30, 40], bias: [40] }, gain: [] } as const;
const start = (path: string, shape: Shape): Start =>
  path === "layer.weight" ? { deviation: 1 / Math.sqrt(shape[0] ?? 1) } : { fill: path === "gain" ? 2 : 0 };

test("inputs are named by their path and have the given shapes", () => {
  const inputs = paramInputs(shapes);
  expect(inputs.layer.weight.shape).toEqual([30, 40]);
  expect(inputs.gain.shape).toEqual([]);
  expect(inputs.layer.bias.attributes).toMatchObject({ name: "layer.bias" });
});

test("fills are constant and normal draws have their deviation", () => {
  const { layer, gain } = initParams(shapes, createRng(1), start);
  expect([...gain]).toEqual([2]);
  expect(layer.bias.every((x) => x === 0)).toBe(true);
  expect(layer.weight).toHaveLength(1200);
  const square = layer.weight.reduce((a, b) => a + b * b, 0) / 1200;
  expect(square * 30).toBeGreaterThan(0.9);
  expect(square * 30).toBeLessThan(1.1);
});

test("each parameter has its own stream: adding one leaves the others as they were", () => {
  const few = initParams({ b: [3] }, createRng(1), () => ({ deviation: 1 }));
  const more = initParams({ a: [2], b: [3] }, createRng(1), () => ({ deviation: 1 }));
  expect(more.b).toEqual(few.b);
  expect(more.a[0]).not.toBe(more.b[0]);
  expect(initParams({ b: [3] }, createRng(2), () => ({ deviation: 1 })).b).not.toEqual(few.b);
});
