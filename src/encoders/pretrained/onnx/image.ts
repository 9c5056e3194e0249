import jpeg from "jpeg-js";
import { PNG } from "pngjs";
import { ForetasteError } from "../../../base/errors.ts";

/** Pixels row by row, red, green and blue side by side, from 0 to 255. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]` */
  readonly data: Uint8Array;
}

/**
 * Pixels of a PNG or JPEG file. Transparency is left out: what is behind it is not known.
 *
 * @param where what to call the file in an error
 * @throws DATA when it is neither, or broken
 */
export function decodeImage(bytes: Uint8Array, where = "image"): Image {
  const decode = isPng(bytes) ? decodePng : isJpeg(bytes) ? decodeJpeg : undefined;
  if (decode === undefined) {
    const got = `bytes that start with ${Buffer.from(bytes.subarray(0, 4)).toString("hex") || "nothing"}`;
    throw new ForetasteError("DATA", { where, expected: "a PNG or JPEG file", got });
  }
  try {
    return decode(bytes);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new ForetasteError("DATA", { where, expected: "an image that can be read", got, cause });
  }
}

function isPng(bytes: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47].every((byte, i) => bytes[i] === byte);
}

function isJpeg(bytes: Uint8Array): boolean {
  return [0xff, 0xd8, 0xff].every((byte, i) => bytes[i] === byte);
}

function decodePng(bytes: Uint8Array): Image {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data: withoutAlpha(data) };
}

function decodeJpeg(bytes: Uint8Array): Image {
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true });
  return { width, height, data: withoutAlpha(data) };
}

/** `[n, 4] -> [n, 3]` */
function withoutAlpha(data: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: (data.length / 4) * 3 }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!);
}
