import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { createDataset } from "../../data/dataset.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import type { Layer } from "../../models/layers.ts";
import type { NetworkConfig } from "./network-config.ts";
import { initPrior } from "./start.ts";
import { networkWorld } from "./world.ts";

/** 400 items with a colour of 40, and a list of tags of 100. */
const items = Array.from({ length: 400 }, (_, i) => i);
const data = createDataset({
  name: "coloured",
  users: { ids: ["u"], columns: {} },
  items: {
    ids: items.map(String),
    columns: {
      colour: { kind: "categorical", values: items.map((i) => `c${i % 40}`) },
      tags: { kind: "multi", values: items.map((i) => [`t${i % 100}`, `t${(i + 1) % 100}`]) },
    },
  },
  interactions: {
    user: new Int32Array(400),
    item: Int32Array.from(items),
    value: new Float32Array(400).fill(3),
  },
  scale: { min: 1, max: 5, liked: 4 },
  synthetic: true,
});
const size = 32;
const world = (start: NetworkConfig["start"]) =>
  networkWorld(
    fitCatalogue(data, { minEvents: 1 }),
    { fields: [] },
    { start, embeddingSize: size, hidden: [64], itemIds: false, itemLevels: false },
  );
const deviation = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
const first = (start: NetworkConfig["start"]): Layer<Float32Array> =>
  (initPrior(world(start), createRng(1)).params as never)["network"]["layers"]["0"];

test("torch: a layer of 64 inputs is uniform within 1/8, its biases, too", () => {
  const { weight, bias } = first("torch");
  for (const values of [weight, bias]) {
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / 8);
    expect(Math.max(...values)).toBeGreaterThan(0.11);
    expect(Math.min(...values)).toBeLessThan(-0.11);
  }
  expect(deviation(weight)).toBeCloseTo(1 / (8 * Math.sqrt(3)), 2);
});

test("torch: values stand for standard normal numbers, lists for a layer of as many inputs as it has words", () => {
  const { tables } = initPrior(world("torch"), createRng(1));
  const colours = tables.item.subarray(0, 40 * size);
  const tags = tables.item.subarray(40 * size);
  expect(tags.length).toBe(100 * size);
  expect(deviation(colours)).toBeCloseTo(1, 1);
  expect(Math.max(...tags.map(Math.abs))).toBeLessThanOrEqual(0.1);
  expect(deviation(tags)).toBeCloseTo(0.1 / Math.sqrt(3), 2);
});

test("he: normal weights by the inputs, no biases, small embeddings", () => {
  const { weight, bias } = first("he");
  expect(deviation(weight)).toBeCloseTo(Math.sqrt(2 / 64), 2);
  expect(bias.every((x) => x === 0)).toBe(true);
  expect(deviation(initPrior(world("he"), createRng(1)).tables.item)).toBeCloseTo(0.1, 2);
});
