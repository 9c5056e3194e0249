import { expect, test } from "vitest";
import { tinyConfig } from "../../../../testing/tiny-encoder.ts";
import type { TransformerConfig } from "../transformer/config.ts";
import { depthOf, layerRates } from "./depth.ts";

const dense = [{ path: "2_Dense.linear", from: 8, to: 4, activation: "tanh" }] as const;

test.each([
  ["bert", "embeddings.word_embeddings.weight", 0],
  ["bert", "embeddings.LayerNorm.bias", 0],
  ["bert", "encoder.layer.0.attention.self.query.weight", 1],
  ["bert", "encoder.layer.1.prefix.key", 2],
  ["bert", "2_Dense.linear.weight", 13],
  ["bert", "encoder.layer.11.output.dense.bias", 12],
  ["distilbert", "transformer.layer.1.ffn.lin1.weight.a", 2],
  ["mpnet", "encoder.relative_attention_bias.weight", 0],
  ["gpt2", "wpe.weight", 0],
  ["gpt2", "h.10.attn.c_attn.weight", 11],
  ["gpt2", "ln_f.weight", 13],
] as const)("%s: %s lies at depth %d", (family, path, depth) => {
  const config: TransformerConfig = { ...tinyConfig, family, layers: 12, dense };
  expect(depthOf(config, path)).toBe(depth);
});

test("rates fall by the factor from the last layer down", () => {
  const rate = layerRates({ ...tinyConfig, layers: 3 }, 0.5);
  const paths = [
    "embeddings.LayerNorm.bias",
    ...[0, 1, 2].map((i) => `encoder.layer.${i}.output.dense.bias`),
  ];
  expect(paths.map(rate)).toEqual([0.125, 0.25, 0.5, 1]);
});
