import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { silentProgress } from "../../base/progress.ts";
import { createRng } from "../../base/rng.ts";
import type { Matrix } from "../../encoders/bags.ts";
import { changedCheckpoint, readCheckpoint } from "../../encoders/pretrained/checkpoint/checkpoint.ts";
import { storedAt } from "../../encoders/pretrained/checkpoint/stored.ts";
import { roundCheckpoint, valueMaps } from "../../encoders/pretrained/compress/int8.ts";
import { openTextEncoder } from "../../encoders/pretrained/open-text-encoder.ts";
import { linearMaps, paramShapes, treeOf } from "../../encoders/pretrained/transformer/params.ts";
import { transformerEncoder } from "../../encoders/pretrained/transformer-encoder.ts";
import { sizeOf } from "../../tensor/index.ts";
import { agreement } from "../encoders/cold-quality.ts";
import { type CompressionMethod, compressInto, defaultCompression } from "./methods.ts";

const ctx = { progress: silentProgress };
const teacherFolder = join(import.meta.dirname, "../../../testing/encoders/bert");
const golden = JSON.parse(readFileSync(join(teacherFolder, "golden.json"), "utf8")) as { texts: string[] };
const texts = golden.texts.flatMap((a) => golden.texts.map((b) => `${a} ${b}`));
const folder = mkdtempSync(join(tmpdir(), "foretaste-compress-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Mean cosine of the written encoder's vectors with the teacher's, and bytes of weights of both. */
async function compressed(method: CompressionMethod, given: Partial<typeof defaultCompression> = {}) {
  const output = join(folder, `${method}-${JSON.stringify(given).replace(/\W/g, "-")}`);
  const teacher = await openTextEncoder(teacherFolder);
  const checkpoint = readCheckpoint(teacherFolder);
  const settings = { ...defaultCompression, steps: 0, ...given };
  await compressInto(output, method, { checkpoint, teacher, texts, seed: 1, settings }, ctx);
  const student = await openTextEncoder(output);
  const cosines = agreement(await student.embed(texts, ctx), await teacher.embed(texts, ctx));
  await Promise.all([student.release(), teacher.release()]);
  const size = (path: string): number => readFileSync(join(path, "model.safetensors")).length;
  return {
    cosine: cosines.reduce((sum, x) => sum + x, 0) / cosines.length,
    bytes: size(output) / size(teacherFolder),
    hashes: [student.hash, teacher.hash],
  };
}

test("8-bit integers: a folder of its own that opens, nearly the same vectors, another hash", async () => {
  const { cosine, bytes, hashes } = await compressed("int8");
  expect(cosine).toBeGreaterThan(0.999);
  expect(cosine).toBeLessThan(1 - 1e-9);
  expect(bytes).toBeLessThan(0.9);
  expect(hashes[0]).not.toBe(hashes[1]);
});

test("maps that stay as they are: the others alone are in integers, and vectors are nearer", async () => {
  const tiny = readCheckpoint(teacherFolder);
  const config = { ...tiny.config, width: 48, inner: 96 };
  const rng = createRng(1);
  const weights = paramShapes(config).map(
    ([path, shape]) =>
      [path, Float32Array.from({ length: sizeOf(shape) }, () => 0.3 * rng.normal())] as const,
  );
  const checkpoint = changedCheckpoint(tiny, { config, stored: treeOf(weights) });
  const rounded = [
    await roundCheckpoint(checkpoint, {}, ctx),
    await roundCheckpoint(checkpoint, { plain: valueMaps(config) }, ctx),
  ];
  const integers = rounded.map(({ stored }) =>
    linearMaps(config).filter(({ path }) => !(storedAt(stored, `${path}.weight`) instanceof Float32Array)),
  );
  expect(integers.map((maps) => maps.length / config.layers)).toEqual([6, 5]);
  expect(integers[1]!.some(({ path }) => path.endsWith(".value"))).toBe(false);
  const encoders = [checkpoint, ...rounded].map((of, i) => transformerEncoder(of, { name: String(i) }));
  const [exact, all, most] = await Promise.all(encoders.map((encoder) => encoder.embed(texts, ctx)));
  await Promise.all(encoders.map((encoder) => encoder.release()));
  const error = (found: Matrix): number =>
    exact!.data.reduce((sum, x, i) => sum + (x - found.data[i]!) ** 2, 0);
  expect(error(most!)).toBeLessThan(error(all!));
});

test("8-bit integers by calibrated ranges are near on the texts that were watched", async () => {
  expect((await compressed("int8-static")).cosine).toBeGreaterThan(0.99);
});

test("low rank: more of the numbers, nearer vectors", async () => {
  const [half, most] = [
    await compressed("low-rank", { keep: 0.4 }),
    await compressed("low-rank", { keep: 0.95 }),
  ];
  expect(most.cosine).toBeGreaterThan(half.cosine);
  expect(most.cosine).toBeGreaterThan(0.98);
  expect(half.bytes).toBeLessThan(most.bytes);
});

test("pruning nothing changes nothing; pruning half of heads and hidden numbers makes it smaller", async () => {
  expect((await compressed("prune", { keep: 1 })).cosine).toBeCloseTo(1, 5);
  const half = await compressed("prune", { keep: 0.5 });
  expect(half.bytes).toBeLessThan(0.95);
  expect(half.cosine).toBeLessThan(0.9999);
});

test("zeros in the place of weights: the share that was asked for, and vectors that follow", async () => {
  expect((await compressed("prune-weights", { keep: 1 })).cosine).toBeCloseTo(1, 5);
  expect((await compressed("prune-weights", { keep: 0.3 })).cosine).toBeLessThan(0.9999);
});

test("a shallower student of all layers is the teacher; taught, one of fewer comes nearer", async () => {
  const { layers } = readCheckpoint(teacherFolder).config;
  expect((await compressed("distil-transformer", { layers })).cosine).toBeCloseTo(1, 5);
  const before = await compressed("distil-transformer", { layers: 1 });
  const after = await compressed("distil-transformer", { layers: 1, steps: 40, learningRate: 3e-3 });
  expect(after.cosine).toBeGreaterThan(before.cosine + 0.01);
});

test("more layers than the teacher has are refused", async () => {
  await expect(compressed("distil-transformer", { layers: 99 })).rejects.toThrow(/at most the teacher's/);
});

test("a bag of subwords is near the teacher's vectors, and another encoder", async () => {
  const { cosine, hashes } = await compressed("distil-bag");
  expect(cosine).toBeGreaterThan(0.9);
  expect(hashes[0]).not.toBe(hashes[1]);
});
