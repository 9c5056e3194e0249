import { describe, expect, test } from "vitest";
import { tinyConfig, tinyWeights } from "../../../../testing/tiny-encoder.ts";
import { createRng } from "../../../base/rng.ts";
import {
  compile,
  constant,
  flatten,
  grad,
  input,
  mapTree,
  mul,
  type Shape,
  sum,
  type Tensor,
} from "../../../tensor/index.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { encodeTokens } from "../transformer/network.ts";
import { leafAt, type Params, paramShapes, treeOf } from "../transformer/params.ts";
import { strategies, strategyOf, trainedNumbers } from "./strategies.ts";
import type { Strategy, StrategyName, Weights } from "./strategy.ts";

const names = Object.keys(strategies) as StrategyName[];
const [TEXTS, LENGTH] = [3, 6];
const tokens = {
  ids: Int32Array.from({ length: TEXTS * LENGTH }, (_, i) => (7 * i) % 20),
  mask: Float32Array.from({ length: TEXTS * LENGTH }, (_, i) => Number(i % LENGTH < 4 + (i % 2))),
};

/** Vectors of three texts, and the gradient of a sum of them in everything there is, trained or not. */
async function run(strategy: Strategy, base: Weights, trained: Weights, config = tinyConfig) {
  const shape = [TEXTS, LENGTH];
  const traced = { ids: input("ids", shape, "int32"), mask: input("mask", shape) };
  const own: Params = treeOf(
    paramShapes(config).map(([path, of]) => [path, input(`base.${path}`, of)] as const),
  );
  const added = mapTree<typeof strategy.shapes, Shape, Tensor>(strategy.shapes, (of, path) =>
    input(`trained.${path}`, of),
  );
  const { params, hooks } = strategy.wrap(own, added);
  const vectors = encodeTokens(config, params, traced, hooks);
  const weights = Float32Array.from({ length: TEXTS * config.width }, (_, i) => Math.cos(i));
  const loss = sum(mul(vectors, constant(weights, vectors.shape)));
  const program = await compile(
    { tokens: traced, own, added },
    { vectors, gradients: { own: grad(loss, own), added: grad(loss, added) } },
  );
  const out = await program.run({ tokens, own: base, added: trained });
  await program.release();
  return out as unknown as { vectors: Float32Array; gradients: { own: Weights; added: Weights } };
}

/** What a strategy starts with, moved off it everywhere. */
function moved(strategy: Strategy, base: Weights): Weights {
  const rng = createRng("moved");
  return mapTree<Weights, Float32Array, Float32Array>(strategy.start(base, createRng(1)), (x) =>
    x.map((value) => value + 0.3 * rng.normal()),
  );
}

const farthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

const base = tinyWeights();

/**
 * By hand, for two layers of width 8 with 12 inside: a layer has four maps of 8 x 8 + 8, one of 8 x 12 + 12, one of
 * 12 x 8 + 8, and two norms of 8 + 8, 532 numbers; the tables 20 x 8, 10 x 8, 1 x 8, their norm 16.
 */
test.each([
  ["frozen", {}, 0],
  ["last-k", { layers: 1 }, 532],
  ["full", {}, 2 * 532 + 248 + 16],
  ["lora", { rank: 2, targets: "attention" }, 2 * 2 * (8 + 8) * 2],
  ["lora", { rank: 2, targets: "all" }, 2 * (4 * (8 + 8) + 2 * (8 + 12)) * 2],
  ["lora", { rank: 2, norms: true }, 2 * (4 * (8 + 8) + 2 * (8 + 12)) * 2 + 2 * 2 * 16],
  ["prefix", { prefix: 3 }, 2 * 3 * (8 + 8 + 1)],
  ["adapters", { rank: 2 }, 2 * 2 * (8 * 2 + 2 + 2 * 8 + 8) + 2 * 2 * 16],
] as const)("%s %o trains %d numbers", (name, settings, count) => {
  expect(trainedNumbers(strategyOf(tinyConfig, name, settings))).toBe(count);
});

describe.each([...names.map((name) => [name, {}] as const), ["lora", { norms: true }] as const])(
  "%s %o",
  (name, settings) => {
    const strategy = strategyOf(tinyConfig, name, { layers: 1, rank: 2, prefix: 3, ...settings });

    test("starts at its base", async () => {
      const plain = await run(strategyOf(tinyConfig, "frozen"), base, {});
      const { vectors } = await run(strategy, base, strategy.start(base, createRng(1)));
      expect(farthest(vectors, plain.vectors)).toBeLessThan(name === "prefix" ? 0.1 : 1e-6);
      expect(farthest(vectors, new Float32Array(vectors.length))).toBeGreaterThan(0.5);
    });

    test("moving what is trained moves the vectors, and its gradient is there", async () => {
      if (name === "frozen") return;
      const trained = moved(strategy, base);
      const before = await run(strategy, base, strategy.start(base, createRng(1)));
      const after = await run(strategy, base, trained);
      expect(farthest(before.vectors, after.vectors)).toBeGreaterThan(0.01);
      const silent = flatten<Float32Array>(after.gradients.added)
        .filter(([, g]) => g.every((x) => Math.abs(x) < 1e-7))
        .map(([path]) => path);
      // A bias of keys shifts all scores of a query alike, so that softmax does not see it.
      expect(silent.filter((path) => !path.endsWith("key.bias"))).toEqual([]);
    });
  },
);

test.each([
  ["frozen", {}],
  ["last-k", {}],
  ["full", {}],
  ["lora", {}],
  ["lora", { norms: true }],
] as const)("%s %o: merged weights give the vectors of the wrapped network", async (name, settings) => {
  const strategy = strategyOf(tinyConfig, name, { layers: 1, rank: 2, ...settings });
  const trained = moved(strategy, base);
  const wrapped = await run(strategy, base, trained);
  const merged = strategy.merge(base, trained)!;
  const plain = await run(strategyOf(tinyConfig, "frozen"), merged, {});
  expect(farthest(wrapped.vectors, plain.vectors)).toBeLessThan(1e-5);
  expect(flatten(merged).map(([path]) => path)).toEqual(flatten(base).map(([path]) => path));
});

test.each(["prefix", "adapters"] as const)("%s has no place in the weights of its base", (name) => {
  const strategy = strategyOf(tinyConfig, name);
  expect(strategy.merge(base, strategy.start(base, createRng(1)))).toBe(undefined);
});

test("the gradient of masks flows where they say: leaves of the base that are trained have none of their own", async () => {
  const strategy = strategyOf(tinyConfig, "last-k", { layers: 1 });
  const { gradients } = await run(strategy, base, moved(strategy, base));
  const reached = (tree: Weights): string[] =>
    flatten<Float32Array>(tree)
      .filter(([, g]) => g.some((x) => Math.abs(x) > 1e-7))
      .map(([path]) => path);
  expect(reached(gradients.added).every((path) => path.startsWith("encoder.layer.1."))).toBe(true);
  expect(reached(gradients.own).some((path) => path.startsWith("encoder.layer.1."))).toBe(false);
  expect(reached(gradients.own)).toContain("encoder.layer.0.output.dense.weight");
});

test("LoRA merges into matrices that lie as [in, out], too", async () => {
  const config: TransformerConfig = { ...tinyConfig, family: "gpt2", types: 0, pooling: "last" };
  const own = tinyWeights(config);
  const strategy = strategyOf(config, "lora", { rank: 2, targets: "attention" });
  expect(trainedNumbers(strategy)).toBe(2 * 2 * (8 + 24));
  const trained = moved(strategy, own);
  const wrapped = await run(strategy, own, trained, config);
  const merged = strategy.merge(own, trained)!;
  const plain = await run(strategyOf(config, "frozen"), merged, {}, config);
  expect(farthest(wrapped.vectors, plain.vectors)).toBeLessThan(1e-5);
  expect(
    farthest(leafAt(own, "h.0.attn.c_attn.weight"), leafAt(merged, "h.0.attn.c_attn.weight")),
  ).toBeGreaterThan(0.1);
});
