import { expect, test } from "vitest";
import { createRng } from "../../../base/rng.ts";
import { roundChannels, widenChannels } from "../../../tensor/index.ts";
import { roundByMoments } from "./round-by-moments.ts";

const rng = createRng(4);
const normals = (size: number): Float32Array => Float32Array.from({ length: size }, () => rng.normal());

test("the second of two inputs that are nearly the same makes up for the first, worked out by hand", () => {
  // Scale 1. Moments [[1, 1], [1, 1]], damped to 1.01: U = 1 / 1.01, so 0.4 -> 0 leaves 0.396 to add to 10.4.
  const weight = Float32Array.of(0.4, 10.4, 127);
  const moments = Float32Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1);
  expect([...roundByMoments(weight, [3, 1], moments).values]).toEqual([0, 11, 127]);
  expect([...roundChannels(weight, [3, 1], 1).values]).toEqual([0, 10, 127]);
});

test("inputs that do not go together are rounded to the nearest", () => {
  const weight = normals(24);
  const alone = Float32Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? i + 1 : 0));
  expect(roundByMoments(weight, [6, 4], alone)).toEqual(roundChannels(weight, [6, 4], 1));
  expect(roundByMoments(weight, [6, 4], new Float32Array(36))).toEqual(roundChannels(weight, [6, 4], 1));
});

test("outputs on inputs that go together lose much less", () => {
  const [from, to, count] = [24, 8, 400];
  const [mix, weight] = [normals(6 * from), normals(from * to)];
  const inputs = Array.from({ length: count }, () => {
    const [parts, noise] = [normals(6), normals(from)];
    return noise.map((x, i) => 0.05 * x + parts.reduce((sum, p, k) => sum + p * mix[k * from + i]!, 0));
  });
  const moments = new Float32Array(from * from);
  for (const x of inputs)
    for (let i = 0; i < from; i++) for (let j = 0; j < from; j++) moments[i * from + j]! += x[i]! * x[j]!;
  const lost = (rounded: ReturnType<typeof roundChannels>): number => {
    const now = widenChannels(rounded, [from, to], 1);
    let sum = 0;
    for (const x of inputs)
      for (let o = 0; o < to; o++)
        sum += x.reduce((all, value, i) => all + value * (weight[i * to + o]! - now[i * to + o]!), 0) ** 2;
    return sum;
  };
  const nearest = lost(roundChannels(weight, [from, to], 1));
  expect(lost(roundByMoments(weight, [from, to], moments))).toBeLessThan(nearest / 4);
});
