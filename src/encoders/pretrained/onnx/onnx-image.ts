import { join } from "node:path";
import { check, ForetasteError } from "../../../base/errors.ts";
import type { RunContext } from "../../../base/progress.ts";
import { openOnnx, type ShapedArray } from "../../../tensor/index.ts";
import type { Matrix } from "../../bags.ts";
import type { Image } from "./image.ts";
import { openOnnxFolder } from "./onnx-folder.ts";
import { type Preprocessing, parsePreprocessing, pixelValues, seenSize } from "./preprocess.ts";

/** The port of what turns images into vectors; {@link TextEncoder} is that of texts. */
export interface ImageEncoder {
  readonly name: string;
  /** SHA-256 over all that decides the vectors. */
  readonly hash: string;
  readonly width: number;
  /**
   * One row an image, in their order. `[images.length, width]`
   *
   * @throws CANCELLED when `ctx.signal` says so
   */
  embed(images: readonly Image[], ctx: RunContext): Promise<Matrix>;
  release(): Promise<void>;
}

/** How an exported encoder of images is run. */
export interface OnnxImageOptions {
  readonly name: string;
  /** Threads inside one run, 1 by default. */
  readonly threads?: number;
  /** Images a run, 8 by default; 1 where the file is made for one. */
  readonly batch?: number;
}

/** Outputs that are a vector an image, by the names that exporters give them. */
const outputNames = ["image_embeds", "pooler_output", "last_hidden_state", "logits"];

/**
 * An ONNX file that others exported as an encoder of images (CLIP's, a MobileNet, ...), run as it is: `model.onnx` or
 * `vision_model.onnx` with one input of pixels `[n, 3, height, width]`, beside `preprocessor_config.json`. Of a grid or a
 * list of vectors the mean is taken.
 *
 * @throws NOT_FOUND when a file is missing; ARTEFACT when the ONNX file is no encoder of images
 * @example
 * const encoder = await onnxImageEncoder("exported/clip", { name: "clip" });
 * const { data } = await encoder.embed([decodeImage(readFileSync("poster.jpg"))], ctx);
 */
export async function onnxImageEncoder(folder: string, options: OnnxImageOptions): Promise<ImageEncoder> {
  const { name, threads = 1, batch = 8 } = options;
  const { path, files } = openOnnxFolder(folder, "vision", "preprocessor_config.json");
  const where = join(folder, "preprocessor_config.json");
  const preprocessing = parsePreprocessing(files.neededJson("preprocessor_config.json"), where);
  const size = sizeOf(preprocessing, where);
  const file = await openOnnx(path, { threads });
  const [pixels, ...more] = file.inputs;
  check(pixels !== undefined && more.length === 0 && pixels.shape.length === 4, "ARTEFACT", () => ({
    where: path,
    expected: "one input [n, 3, height, width]",
    got: file.inputs.map((port) => `${port.name} [${port.shape.join(", ")}]`).join(", "),
  }));
  const output =
    outputNames.find((known) => file.outputs.some((port) => port.name === known)) ?? file.outputs[0]!.name;
  const most = typeof pixels.shape[0] === "number" ? pixels.shape[0] : batch;
  const encode = async (images: readonly Image[]): Promise<Float32Array> => {
    const shape = [most, 3, size.height, size.width];
    const data = new Float32Array(most * 3 * size.height * size.width);
    images.forEach((image, i) => {
      data.set(pixelValues(image, preprocessing), i * 3 * size.height * size.width);
    });
    const found = await file.run({ [pixels.name]: { shape, data } }, [output]);
    return meanVectors(found[output]!);
  };
  const width = (await encode([])).length / most;
  return {
    name,
    hash: files.hash(),
    width,
    embed: (images, ctx) => embedImages(images, { name, width, most, encode }, ctx),
    release: () => file.release(),
  };
}

function sizeOf(
  preprocessing: Preprocessing,
  where: string,
): { readonly height: number; readonly width: number } {
  const size = seenSize(preprocessing);
  if (size !== undefined) return size;
  const expected = "a size of height and width, or a crop, so that all images are of one size";
  throw new ForetasteError("ARTEFACT", { where, expected, got: "neither" });
}

/**
 * One vector an image: what is there, or its mean over a list of places `[n, places, width]` or over a grid
 * `[n, width, height, width]`.
 */
function meanVectors({ shape, data }: ShapedArray): Float32Array {
  const [n, a, ...rest] = shape as [number, number, ...number[]];
  const places = rest.length === 1 ? a : rest.reduce((x, y) => x * y, 1);
  const width = rest.length === 1 ? rest[0]! : a;
  if (places === 1) return Float32Array.from(data);
  const out = new Float32Array(n * width);
  const [placeStep, cellStep] = rest.length === 1 ? [width, 1] : [1, places];
  for (let i = 0; i < n * width; i++) {
    const start = Math.floor(i / width) * places * width + (i % width) * cellStep;
    for (let place = 0; place < places; place++) out[i]! += data[start + place * placeStep]! / places;
  }
  return out;
}

interface Running {
  readonly name: string;
  readonly width: number;
  readonly most: number;
  encode(images: readonly Image[]): Promise<Float32Array>;
}

async function embedImages(
  images: readonly Image[],
  { name, width, most, encode }: Running,
  { progress, signal }: RunContext,
): Promise<Matrix> {
  const data = new Float32Array(images.length * width);
  const report = progress.start(name, images.length);
  for (let start = 0; start < images.length; start += most) {
    if (signal?.aborted === true) {
      const [expected, got] = [`${images.length} images`, `a stop after ${start}`];
      throw new ForetasteError("CANCELLED", { where: `encoder ${name}`, expected, got });
    }
    const some = images.slice(start, start + most);
    data.set((await encode(some)).subarray(0, some.length * width), start * width);
    report.update(start + some.length);
  }
  report.finish();
  return { data, width };
}
