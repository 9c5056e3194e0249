import { expect, test } from "vitest";
import { type TinyEvent, tinyWorld } from "../../testing/worlds/tiny.ts";
import { createRng } from "../base/rng.ts";
import { fitRatingsKnowledge } from "./ratings-knowledge.ts";

const [users, items, cold] = [120, 48, 4];
const rng = createRng(12).split("genres");
/** Four genres; each person likes two of them. The genre is all there is to a film, and quality: 1 for the first genre. */
const genreOf = (i: number): number => i % 4;
const tastes = Array.from({ length: users }, () => Array.from({ length: 4 }, () => rng.normal()));
const events = Array.from({ length: users * (items - cold) }, (_, k): TinyEvent => {
  const [u, i] = [Math.floor(k / (items - cold)), k % (items - cold)];
  return [u, i, 3 + tastes[u]![genreOf(i)]! + (genreOf(i) === 0 ? 1 : 0) + 0.2 * rng.normal()];
}).filter(() => rng.next() < 0.6);
const genres = {
  kind: "categorical",
  values: Array.from({ length: items }, (_, i) => `g${genreOf(i)}`),
} as const;
const world = tinyWorld(events, { users, items, itemColumns: { genres } });
const known = await fitRatingsKnowledge(world);
const width = known.factorSize;
const dot = (a: Float32Array, i: number, b: Float32Array, j: number): number =>
  Array.from({ length: width }, (_, k) => a[i * width + k]! * b[j * width + k]!).reduce((x, y) => x + y, 0);

test("what content says of factors is on their scale, for warm items and for cold ones of the same genre", () => {
  for (let i = 0; i < items; i++) {
    const twin = genreOf(i);
    const share =
      dot(known.predictedFactors, i, known.factors, twin) / dot(known.factors, twin, known.factors, twin);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(1);
  }
});

test("what content says of levels: the first genre is a deviation's share better than the others", () => {
  const { deviation } = known.means;
  const level = (i: number): number => known.predictedLevel[i]!;
  for (let i = 0; i < items; i++) {
    const other = i % 4 === 0 ? i + 1 : i - (i % 4);
    const [better, worse] = i % 4 === 0 ? [i, other] : [other, i];
    expect((level(better) - level(worse)) * deviation).toBeGreaterThan(0.5);
    expect((level(better) - level(worse)) * deviation).toBeLessThan(1.5);
  }
});

test("content is surer of a cold item of a known genre than of one it knows nothing of", async () => {
  const values = genres.values.map((genre, i) => (i === items - 1 ? undefined : genre));
  const blank = tinyWorld(events, { users, items, itemColumns: { genres: { kind: "categorical", values } } });
  const { levelVariance } = await fitRatingsKnowledge(blank);
  expect(levelVariance[items - 1]).toBeGreaterThan(levelVariance[items - 2]!);
});
