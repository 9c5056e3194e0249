import Type from "typebox";
import { ForetasteError } from "../../../base/errors.ts";
import { parseWith } from "../../../base/schema.ts";
import type { Image } from "./image.ts";
import { centreCrop, type Filter, resize } from "./resize.ts";

const side = Type.Integer({ minimum: 1 });
const sides = Type.Object({ height: side, width: side });
const numbers = Type.Array(Type.Number(), { minItems: 3, maxItems: 3 });
const schema = Type.Object({
  do_resize: Type.Optional(Type.Boolean()),
  size: Type.Optional(Type.Union([side, Type.Object({ shortest_edge: side }), sides])),
  resample: Type.Optional(Type.Integer()),
  do_center_crop: Type.Optional(Type.Boolean()),
  crop_size: Type.Optional(Type.Union([side, sides])),
  do_rescale: Type.Optional(Type.Boolean()),
  rescale_factor: Type.Optional(Type.Number()),
  do_normalize: Type.Optional(Type.Boolean()),
  image_mean: Type.Optional(numbers),
  image_std: Type.Optional(numbers),
});

interface Sides {
  readonly height: number;
  readonly width: number;
}

/** What `preprocessor_config.json` says. */
export interface Preprocessing {
  readonly do_resize?: boolean;
  readonly size?: number | { readonly shortest_edge: number } | Sides;
  readonly resample?: number;
  readonly do_center_crop?: boolean;
  readonly crop_size?: number | Sides;
  readonly do_rescale?: boolean;
  readonly rescale_factor?: number;
  readonly do_normalize?: boolean;
  readonly image_mean?: readonly number[];
  readonly image_std?: readonly number[];
}

/** Pillow's numbers. */
const resamplings: Readonly<Record<number, Filter>> = { 2: "bilinear", 3: "bicubic" };

/** @throws ARTEFACT when it says what is not known here */
export function parsePreprocessing(json: unknown, where: string): Preprocessing {
  const read: Preprocessing = parseWith(schema, json, { code: "ARTEFACT", where });
  if (resamplings[read.resample ?? 2] === undefined) {
    const expected = "2 (bilinear) or 3 (bicubic)";
    throw new ForetasteError("ARTEFACT", {
      where: `${where}: resample`,
      expected,
      got: String(read.resample),
    });
  }
  return read;
}

/** Height and width of what the network sees. `undefined` where images keep theirs. */
export function seenSize({
  do_center_crop = false,
  crop_size,
  do_resize = true,
  size,
}: Preprocessing): Sides | undefined {
  const last = do_center_crop ? crop_size : do_resize ? size : undefined;
  if (typeof last === "number") return do_center_crop ? { height: last, width: last } : undefined;
  return last !== undefined && "height" in last ? last : undefined;
}

/**
 * Resized, cropped, scaled and normalised as `preprocessor_config.json` says. `[3, height, width]`, channel by channel
 */
export function pixelValues(image: Image, preprocessing: Preprocessing): Float32Array {
  const { do_rescale = true, rescale_factor = 1 / 255, do_normalize = true } = preprocessing;
  const { image_mean: mean = [0, 0, 0], image_std: std = [1, 1, 1] } = preprocessing;
  const { width, height, data } = shaped(image, preprocessing);
  const factor = do_rescale ? rescale_factor : 1;
  const cells = width * height;
  return Float32Array.from({ length: 3 * cells }, (_, i) => {
    const channel = Math.floor(i / cells);
    const value = factor * data[3 * (i % cells) + channel]!;
    return do_normalize ? (value - mean[channel]!) / std[channel]! : value;
  });
}

function shaped(image: Image, preprocessing: Preprocessing): Image {
  const { do_resize = true, size, resample = 2, do_center_crop = false } = preprocessing;
  const target = do_resize && size !== undefined ? resizedTo(image, size) : image;
  const sized = resize(image, target.width, target.height, resamplings[resample]!);
  const crop = do_center_crop ? seenSize(preprocessing) : undefined;
  return crop === undefined ? sized : centreCrop(sized, crop.width, crop.height);
}

/** A number is the length of the shorter edge; the other keeps the proportion. */
function resizedTo(image: Image, size: NonNullable<Preprocessing["size"]>): Sides {
  if (typeof size !== "number" && "height" in size) return size;
  const shortest = typeof size === "number" ? size : size.shortest_edge;
  const { width, height } = image;
  return width < height
    ? { width: shortest, height: Math.trunc((shortest * height) / width) }
    : { width: Math.trunc((shortest * width) / height), height: shortest };
}
