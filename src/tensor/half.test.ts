import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHalf, type HalfType, toHalf } from "./half.ts";

const codes = Uint16Array.from({ length: 65_536 }, (_, i) => i);

/** From the definition: sign, exponent, fraction. */
function meaning(code: number, dtype: HalfType): number {
  const [width, bias] = dtype === "float16" ? [10, 15] : [7, 127];
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code & 0x7fff) >> width;
  const fraction = code & ((1 << width) - 1);
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - width);
  return sign * (1 + fraction / (1 << width)) * 2 ** (exponent - bias);
}

describe.each<HalfType>(["float16", "bfloat16"])("%s", (dtype) => {
  const values = fromHalf(codes, dtype);

  test("every code means what its bits say", () => {
    const wrong = [...codes].filter((code) => !Object.is(values[code], meaning(code, dtype)));
    expect(wrong).toEqual([]);
  });

  test("every code survives the way there and back; a NaN stays one", () => {
    const back = toHalf(values, dtype);
    const wrong = [...codes].filter((code) =>
      Number.isNaN(values[code]) ? !Number.isNaN(fromHalf(back, dtype)[code]!) : back[code] !== code,
    );
    expect(wrong.slice(0, 5)).toEqual([]);
  }, 60_000);

  test("what lies between two codes goes to the nearer, half-way to the even one", () => {
    // Positive codes are in the order of their values; the last one before infinity has no upper neighbour.
    const top = dtype === "float16" ? 0x7bff : 0x7f7f;
    const lower = codes.slice(0, top);
    const between = (share: number): Uint16Array =>
      toHalf(
        Float32Array.from(lower, (code) => values[code]! + share * (values[code + 1]! - values[code]!)),
        dtype,
      );
    expect(between(0.25).every((code, i) => code === lower[i])).toBe(true);
    expect(between(0.75).every((code, i) => code === lower[i]! + 1)).toBe(true);
    expect(between(0.5).every((code, i) => code === lower[i]! + (lower[i]! % 2))).toBe(true);
  });

  test("any float32 lands on a code that no other is nearer to", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const [code = 0] = toHalf(Float32Array.of(x), dtype);
        const distance = (at: number): number => Math.abs(meaning(at, dtype) - x);
        const infinite = (code & 0x7fff) >= (dtype === "float16" ? 0x7c00 : 0x7f80);
        if (infinite) return Math.abs(x) >= (dtype === "float16" ? 65_520 : 3.39e38);
        return [code - 1, code + 1].every(
          (other) =>
            (other & 0x7fff) > 0x7f00 || Number.isNaN(distance(other)) || distance(code) <= distance(other),
        );
      }),
      { seed: 5, numRuns: 20_000 },
    );
  });
});

test("known ones, and the edge where float16 becomes infinite", () => {
  const known = Float32Array.of(1, -2, 65_504, 65_519, 65_520, 2 ** -24, 2 ** -25, 0.1, -0);
  const bits = [0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 1, 0, 0x2e66, 0x8000];
  expect([...toHalf(known, "float16")]).toEqual(bits);
  expect([...toHalf(Float32Array.of(1, 3.14159, -0.1), "bfloat16")]).toEqual([0x3f80, 0x4049, 0xbdcd]);
});
