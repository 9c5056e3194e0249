import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { silentProgress } from "../../../base/progress.ts";
import { decodeImage } from "./image.ts";
import { onnxImageEncoder } from "./onnx-image.ts";
import { parsePreprocessing, pixelValues } from "./preprocess.ts";
import { resize } from "./resize.ts";

const folder = join(import.meta.dirname, "../../../../testing/encoders/onnx-image");
const fileOf = (name: string): Buffer => readFileSync(join(folder, name));
const ctx = { progress: silentProgress };

/** Made by testing/encoders/make_onnx.py: Pillow, numpy and PyTorch. */
const golden = JSON.parse(fileOf("golden.json").toString()) as {
  readonly file: string;
  /** Every 13th of `[3, 16, 16]`. */
  readonly pixels: readonly number[];
  readonly vector: readonly number[];
}[];

/** Decoders of JPEG may differ by a few of 255 steps; a PNG has one answer. */
const tolerance = (file: string): number => (file.endsWith(".jpg") ? 0.05 : 1e-4);

test.each(golden)("$file: pixels are Pillow's, resized, cropped and normalised", ({ file, pixels }) => {
  const config = parsePreprocessing(JSON.parse(fileOf("preprocessor_config.json").toString()), "config");
  const found = pixelValues(decodeImage(fileOf(file)), config);
  expect(found).toHaveLength(3 * 16 * 16);
  pixels.forEach((x, i) => expect(Math.abs(found[13 * i]! - x)).toBeLessThan(tolerance(file)));
});

test("vectors of images are those of the network it was exported from, in any company", async () => {
  const encoder = await onnxImageEncoder(folder, { name: "tiny", batch: 2 });
  const images = golden.map(({ file }) => decodeImage(fileOf(file), file));
  const { data, width } = await encoder.embed(images, ctx);
  const alone = await encoder.embed(images.slice(1, 2), ctx);
  golden.forEach(({ file, vector }, i) => {
    for (const [j, x] of vector.entries())
      expect(Math.abs(data[i * width + j]! - x), file).toBeLessThan(tolerance(file));
  });
  expect([...alone.data]).toEqual([...data.subarray(width, 2 * width)]);
  const stopped = encoder.embed(images, { ...ctx, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  await encoder.release();
});

test("one colour stays that colour in every size", () => {
  const data = new Uint8Array(5 * 7 * 3).fill(200);
  for (const filter of ["bilinear", "bicubic"] as const)
    expect(new Set(resize({ width: 5, height: 7, data }, 3, 20, filter).data)).toEqual(new Set([200]));
});

test("what is no picture, and what is not known of one, is said", () => {
  expect(() => decodeImage(Uint8Array.of(71, 73, 70, 56), "a.gif")).toThrow(
    "a.gif: expected a PNG or JPEG file, got bytes that start with 47494638.",
  );
  expect(() => decodeImage(fileOf("wide.png").subarray(0, 100), "cut.png")).toThrow(
    /^cut\.png: expected an image/,
  );
  expect(() => parsePreprocessing({ resample: 1 }, "p.json")).toThrow(
    "p.json: resample: expected 2 (bilinear) or 3",
  );
});
