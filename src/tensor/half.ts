/** 16-bit floats: half precision (IEEE 754 binary16), or float32 without the lower half of its bits. */
export type HalfType = "float16" | "bfloat16";

/**
 * Rounds float32 numbers to 16 bits, to the nearest and between two to the even one (IEEE 754, sec. 4.3.1). What is too
 * large becomes infinite, NaN stays NaN.
 *
 * @returns the bits, one number each
 * @example toHalf(Float32Array.of(1, -2), "float16"); // [0x3c00, 0xc000]
 */
export function toHalf(values: Float32Array, dtype: HalfType): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const round = dtype === "float16" ? roundToFloat16 : roundToBfloat16;
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < out.length; i++) out[i] = round(bits[i]!);
  return out;
}

/**
 * The float32 numbers that 16 bits stand for; exact.
 *
 * @example fromHalf(Uint16Array.of(0x3c00), "float16"); // [1]
 */
export function fromHalf(halves: Uint16Array, dtype: HalfType): Float32Array {
  const out = new Float32Array(halves.length);
  const bits = new Uint32Array(out.buffer);
  const widen = dtype === "float16" ? widenFloat16 : (half: number): number => half << 16;
  for (let i = 0; i < out.length; i++) bits[i] = widen(halves[i]!);
  return out;
}

/** Shifts right by `shift` bits, rounding to nearest, ties to even. */
function shiftRounding(n: number, shift: number): number {
  const kept = n >>> shift;
  const rest = n & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0);
}

/** Exponent 8 bits, biased by 127, to 5 bits, biased by 15; fraction 23 bits to 10. A carry grows the exponent. */
function roundToFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200 | (fraction >>> 13));
  if (exponent >= 143) return sign | 0x7c00;
  if (exponent >= 113) return sign | shiftRounding(((exponent - 112) << 23) | fraction, 13);
  // Below 2^-14 numbers are multiples of 2^-24; below 2^-25 they are nearer to nothing.
  return exponent < 102 ? sign : sign | shiftRounding(0x800000 | fraction, 126 - exponent);
}

function roundToBfloat16(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  return isNaN ? (bits >>> 16) | 0x40 : shiftRounding(bits, 16);
}

function widenFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal: move its first bit to where the hidden one of a normal number is.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
