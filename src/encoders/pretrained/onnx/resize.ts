import type { Image } from "./image.ts";

/** How pixels between pixels are found. */
export type Filter = "bilinear" | "bicubic";

/** Its curve, and how far from the middle it reaches, in pixels. */
const filters: Readonly<Record<Filter, { readonly reach: number; readonly weight: (x: number) => number }>> =
  {
    bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
    bicubic: { reach: 2, weight: cubic },
  };

/** Cubic convolution with a = -1/2 (Keys 1981, eq. 4). */
function cubic(x: number): number {
  const at = Math.abs(x);
  if (at < 1) return (1.5 * at - 2.5) * at * at + 1;
  return at < 2 ? ((-0.5 * at + 2.5) * at - 4) * at + 2 : 0;
}

/**
 * The image in another size. Where it shrinks, the filter grows with it, so that every pixel counts, as in Pillow, with
 * which encoders of images were trained.
 */
export function resize(image: Image, width: number, height: number, filter: Filter): Image {
  const wide = resizeRows(image, width, filter);
  return transposed(resizeRows(transposed(wide), height, filter));
}

/** Which pixels make one, from `start` on, and their weights, which sum to one. */
interface Taps {
  readonly start: number;
  readonly weights: readonly number[];
}

function tapsOf(from: number, to: number, filter: Filter): Taps[] {
  const { reach, weight } = filters[filter];
  const scale = from / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const middle = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(middle - reach * stretch + 0.5));
    const end = Math.min(from, Math.trunc(middle + reach * stretch + 0.5));
    const raw = Array.from({ length: end - start }, (_, j) => weight((start + j - middle + 0.5) / stretch));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { start, weights: raw.map((w) => w / sum) };
  });
}

/** Other width, same height; rounded to whole numbers, as Pillow does between its two passes. */
function resizeRows({ width, height, data }: Image, to: number, filter: Filter): Image {
  if (width === to) return { width, height, data };
  const out = new Uint8ClampedArray(height * to * 3);
  const taps = tapsOf(width, to, filter);
  for (let y = 0; y < height; y++) {
    taps.forEach(({ start, weights }, x) => {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        weights.forEach((weight, j) => {
          sum += weight * data[(y * width + start + j) * 3 + channel]!;
        });
        out[(y * to + x) * 3 + channel] = Math.floor(sum + 0.5);
      }
    });
  }
  return { width: to, height, data: new Uint8Array(out.buffer) };
}

/** Rows become columns. */
function transposed({ width, height, data }: Image): Image {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++)
        out[(x * height + y) * 3 + channel] = data[(y * width + x) * 3 + channel]!;
  return { width: height, height: width, data: out };
}

/** The middle of the image; black where it is smaller. */
export function centreCrop({ width, height, data }: Image, toWidth: number, toHeight: number): Image {
  const out = new Uint8Array(toWidth * toHeight * 3);
  const [left, top] = [Math.floor((width - toWidth) / 2), Math.floor((height - toHeight) / 2)];
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const [fromX, fromY] = [x + left, y + top];
      if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) continue;
      const at = (fromY * width + fromX) * 3;
      out.set(data.subarray(at, at + 3), (y * toWidth + x) * 3);
    }
  }
  return { width: toWidth, height: toHeight, data: out };
}
