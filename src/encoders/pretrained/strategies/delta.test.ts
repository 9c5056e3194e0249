import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { silentProgress } from "../../../base/progress.ts";
import { createRng } from "../../../base/rng.ts";
import { mapTree } from "../../../tensor/index.ts";
import { readCheckpoint } from "../checkpoint/checkpoint.ts";
import { openTextEncoder } from "../open-text-encoder.ts";
import { transformerEncoder } from "../transformer-encoder.ts";
import { type Delta, isDelta, readDelta, withDelta, writeDelta } from "./delta.ts";
import { defaultStrategySettings, strategyOf } from "./strategies.ts";
import type { StrategyName, Weights } from "./strategy.ts";

const bert = join(import.meta.dirname, "../../../../testing/encoders/bert");
const folder = mkdtempSync(join(tmpdir(), "foretaste-delta-"));
afterAll(() => rmSync(folder, { recursive: true }));
const ctx = { progress: silentProgress };
const texts = ["the cold sea", "two friends hunt"];
const settings = { ...defaultStrategySettings, rank: 2, prefix: 3, layers: 1 };

/** A strategy's start, moved off it everywhere unless `by` is 0. */
function deltaOf(strategy: StrategyName, by = 0.3): Delta {
  const base = readCheckpoint(bert);
  const rng = createRng("moved");
  const start = strategyOf(base.config, strategy, settings).start(base.params, createRng(1));
  const trained = mapTree<Weights, Float32Array, Float32Array>(start, (x) =>
    x.map((value) => value + by * rng.normal()),
  );
  return {
    base: bert,
    baseHash: base.hash,
    strategy,
    settings,
    maxTokens: 16,
    data: { name: "toy", hash: "ab" },
    trained,
  };
}

async function vectorsOf(encoder: { embed: typeof openTextEncoder.prototype; release(): Promise<void> }) {
  const { data } = await encoder.embed(texts, ctx);
  await encoder.release();
  return data as Float32Array;
}

const farthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

describe.each(["last-k", "full", "lora", "prefix", "adapters"] as const)("%s", (name) => {
  test("what is written is read, and opens as an encoder that moved from its base", async () => {
    const delta = deltaOf(name);
    const own = join(folder, name);
    const bytes = await writeDelta(own, delta);
    expect(bytes).toBe(
      readFileSync(join(own, "delta.json")).length + readFileSync(join(own, "delta.safetensors")).length,
    );
    expect(isDelta(own)).toBe(true);
    expect(readDelta(own)).toEqual(delta);
    const tuned = await openTextEncoder(own);
    const [plain, cut] = [await openTextEncoder(bert), await openTextEncoder(bert, { maxTokens: 16 })];
    expect([tuned.name, tuned.width]).toEqual([name, plain.width]);
    expect(new Set([tuned.hash, plain.hash, cut.hash]).size).toBe(3);
    const [moved, before] = [await vectorsOf(tuned), await vectorsOf(plain)];
    expect(farthest(moved, before)).toBeGreaterThan(0.01);
    expect(moved.every(Number.isFinite)).toBe(true);
  });
});

test.each(["lora", "adapters"] as const)("%s that learned nothing says what its base says", async (name) => {
  const { checkpoint, around } = withDelta(readCheckpoint(bert), deltaOf(name, 0));
  const tuned = transformerEncoder(checkpoint, { name, ...(around && { around }) });
  const plain = await vectorsOf(await openTextEncoder(bert));
  expect(farthest(await vectorsOf(tuned), plain)).toBeLessThan(1e-5);
});

test("the hash is that of base and delta", () => {
  const hash = (strategy: StrategyName, by?: number) =>
    withDelta(readCheckpoint(bert), deltaOf(strategy, by)).checkpoint.hash;
  const all = [
    hash("lora"),
    hash("lora", 0.2),
    hash("prefix"),
    hash("prefix", 0.2),
    readCheckpoint(bert).hash,
  ];
  expect(new Set(all).size).toBe(5);
  expect(hash("prefix")).toBe(hash("prefix"));
});

test("another base, leaves that do not fit, missing files are refused with what was expected", async () => {
  const delta = deltaOf("lora");
  expect(() => withDelta(readCheckpoint(bert), { ...delta, baseHash: "0".repeat(64) })).toThrow(
    /expected the base with hash 000000000000/,
  );
  const wider = { ...delta, settings: { ...settings, rank: 3 } };
  expect(() => withDelta(readCheckpoint(bert), wider)).toThrow(/expected \d+ numbers, got \d+/);
  await writeDelta(join(folder, "torn"), delta);
  rmSync(join(folder, "torn", "delta.safetensors"));
  expect(() => readDelta(join(folder, "torn"))).toThrow(/delta\.json and delta\.safetensors/);
});

test("a base that was changed since is refused when the delta is opened", async () => {
  const other = join(folder, "base");
  cpSync(bert, other, { recursive: true });
  await writeDelta(join(folder, "on-copy"), { ...deltaOf("lora"), base: other });
  await (await openTextEncoder(join(folder, "on-copy"))).release();
  const config = JSON.parse(readFileSync(join(other, "config.json"), "utf8")) as object;
  writeFileSync(join(other, "config.json"), JSON.stringify({ ...config, layer_norm_eps: 1e-3 }));
  await expect(openTextEncoder(join(folder, "on-copy"))).rejects.toThrow(/not those it was fine-tuned from/);
});
