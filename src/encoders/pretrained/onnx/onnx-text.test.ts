import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { textEncoderContract } from "../../../../testing/text-encoder-contract.ts";
import { silentProgress } from "../../../base/progress.ts";
import { openTextEncoder } from "../open-text-encoder.ts";
import { onnxTextEncoder } from "./onnx-text.ts";

const folder = join(import.meta.dirname, "../../../../testing/encoders/onnx-text");

/** Made by testing/encoders/make_onnx.py: PyTorch, each text by itself. */
const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as {
  readonly texts: readonly string[];
  readonly vectors: readonly (readonly number[])[];
};

test("vectors of an exported encoder are those of the network it was exported from", async () => {
  const encoder = await openTextEncoder(folder);
  const { data, width } = await encoder.embed(golden.texts, { progress: silentProgress });
  expect([encoder.name, width]).toEqual(["onnx-text", 8]);
  golden.vectors.flat().forEach((x, i) => expect(data[i]).toBeCloseTo(x, 5));
  await encoder.release();
});

test("a file that is no encoder of texts is refused by its inputs", async () => {
  const images = join(folder, "../onnx-image");
  await expect(onnxTextEncoder(images, { name: "images" })).rejects.toThrow(/tokenizer\.json/);
});

textEncoderContract("onnx-text", { open: () => onnxTextEncoder(folder, { name: "onnx-text" }) });
