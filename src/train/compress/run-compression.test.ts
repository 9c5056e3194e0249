import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { openTextEncoder } from "../../encoders/pretrained/open-text-encoder.ts";
import { defaultCompression } from "./methods.ts";
import { type CompressionRequest, runCompression } from "./run-compression.ts";

const ctx = { progress: silentProgress };
const encoder = join(import.meta.dirname, "../../../testing/encoders/bert");
const folder = mkdtempSync(join(tmpdir(), "foretaste-compression-"));
afterAll(() => rmSync(folder, { recursive: true }));

const compress = (output: string, given: Partial<CompressionRequest> = {}) =>
  runCompression(
    {
      encoder,
      method: "int8",
      settings: { ...defaultCompression, steps: 0, pieces: 0 },
      data: { name: "synthetic" },
      output: join(folder, output),
      seed: 1,
      people: 60,
      tolerance: 0.5,
      agreement: 0.9,
      force: false,
      threads: 1,
      ...given,
    },
    ctx,
  );

test("8-bit integers are kept: both sides are measured, and the folder opens", async () => {
  const { before, after, difference, cosine, objections, written } = await compress("int8/");
  expect(objections).toEqual([]);
  expect(written).toBe(true);
  expect(after.bytes).toBeLessThan(before.bytes);
  expect(before.ndcg.tasks).toBe(60);
  expect(difference.mean).toBeCloseTo(after.ndcg.mean - before.ndcg.mean, 10);
  expect(cosine.mean).toBeGreaterThan(0.999);
  expect(cosine.tasks).toBe(160);
  expect(Math.min(before.textsPerSecond, after.millisecondsAlone)).toBeGreaterThan(0);
  const kept = await openTextEncoder(join(folder, "int8"));
  expect(kept.width).toBe(12);
  await kept.release();
  expect(readdirSync(folder)).toEqual(["int8"]);
});

test("what lost too much is not written, unless it is forced", async () => {
  const harsh = { agreement: 1, settings: { ...defaultCompression, steps: 0, keep: 0.1 } };
  const refused = await compress("low", { method: "low-rank", ...harsh });
  expect(refused.objections.join()).toMatch(/agree with the old ones by 0\.\d+, less than 1/);
  expect([refused.written, existsSync(join(folder, "low"))]).toEqual([false, false]);
  const forced = await compress("low", { method: "low-rank", force: true, ...harsh });
  expect(forced.objections).toEqual(refused.objections);
  expect(existsSync(join(folder, "low", "model.safetensors"))).toBe(true);
});

test("an encoder that is there is replaced by force alone, by another kind as well", async () => {
  await compress("again");
  await expect(compress("again", { method: "distil-bag" })).rejects.toThrow(/not there yet/);
  await compress("again", { method: "distil-bag", force: true });
  const bag = await openTextEncoder(join(folder, "again"));
  expect((await bag.embed(["the cold sea"], ctx)).width).toBe(12);
});

test("documents, and the encoder itself, are not written over", async () => {
  mkdirSync(join(folder, "letters"));
  writeFileSync(join(folder, "letters", "dear.txt"), "kept");
  await expect(compress("letters", { force: true })).rejects.toThrow(/an encoder in it/);
  await expect(compress("self", { output: encoder, force: true })).rejects.toThrow(/encoder's own/);
  expect(existsSync(join(folder, "letters", "dear.txt"))).toBe(true);
});
