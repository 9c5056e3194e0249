import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { fitEmcdr, type VectorPairs } from "./emcdr.ts";
import { batches } from "./fit-map.ts";
import { fitPtupcdr } from "./ptupcdr.ts";

const shared = { batchTasks: 32, weightDecay: 0, seed: 1 };
const people = 128;

/** Pairs (x, f(x)) of two numbers each, x normal. */
function pairsOf(f: (x: number, y: number) => readonly [number, number]): VectorPairs {
  const rng = createRng("pairs");
  const source = Float32Array.from({ length: 2 * people }, () => rng.normal());
  const target = Float32Array.from(
    Array.from({ length: people }, (_, p) => f(source[2 * p]!, source[2 * p + 1]!)).flat(),
  );
  return { width: 2, source, target };
}

test("EMCDR: a linear map is found, on the scale of both domains", async () => {
  const config = { ...shared, hidden: 0, epochs: 120, learningRate: 0.02 };
  const map = await fitEmcdr(
    pairsOf((x, y) => [20 * x - 10 * y + 1, 5 * y]),
    config,
  );
  const found = await map(Float32Array.of(1, -1));
  expect([...found].map(Math.round)).toEqual([31, -5]);
});

test("EMCDR: a bent map needs the hidden layer", async () => {
  const pairs = pairsOf((x, y) => [Math.abs(x), y]);
  const error = async (hidden: number): Promise<number> => {
    const map = await fitEmcdr(pairs, { ...shared, hidden, epochs: 120, learningRate: 0.02 });
    let sum = 0;
    for (const x of [-1.5, -0.5, 0.5, 1.5])
      sum += Math.abs((await map(Float32Array.of(x, 0)))[0]! - Math.abs(x)) / 4;
    return sum;
  };
  expect(await error(16)).toBeLessThan(0.15);
  expect(await error(0)).toBeGreaterThan(0.3);
});

test("PTUPCDR: a map of one's own, where one map for all knows nothing", async () => {
  // Whoever likes item 0 of the source keeps the sign of their vector, whoever likes item 1 turns it over; the sign in
  // the target is what is liked there. Half of the people are of each sort, and of each sign.
  const sortOf = (person: number): number => person % 2;
  const signOf = (person: number): number => (person % 4 < 2 ? 1 : -1);
  const vectors = new Float32Array(4 * people);
  for (let person = 0; person < people; person++) vectors[4 * person + 2] = signOf(person);
  const likedThere = (person: number): number => Number(signOf(person) > 0 === (sortOf(person) === 1));
  const data = {
    width: 4,
    people,
    vectors,
    source: {
      items: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0),
      liked: (person: number) => Int32Array.of(sortOf(person)),
    },
    // Item 0 points up, item 1 down.
    target: {
      items: Float32Array.of(1, 0, 0, 0, -1, 0, 0, 0),
      liked: (person: number) => Int32Array.of(likedThere(person)),
    },
  };
  const how = { hidden: 16, maxEvents: 2, unobservedWeight: 0.1, epochs: 60, learningRate: 0.02 };
  const bridge = await fitPtupcdr(data, { ...shared, ...how });
  // The loss asks for s with (1 - s)^2 + 0.1 (s^2 + s^2) least: s = 1 / 1.2.
  for (const person of [0, 1, 2, 3]) {
    const y = await bridge(vectors.subarray(4 * person, 4 * person + 4), Int32Array.of(sortOf(person)));
    expect(y[0]!).toBeCloseTo(likedThere(person) === 0 ? 1 / 1.2 : -1 / 1.2, 1);
  }
});

test("batches are of one size, the last one filled up from the front; a stop is heard", async () => {
  expect([...batches([4, 5, 6], { batchTasks: 2 })].map((rows) => [...rows])).toEqual([
    [4, 5],
    [6, 4],
  ]);
  const stop = new AbortController();
  stop.abort();
  const context = { progress: { start: () => ({ update() {}, finish() {} }) }, signal: stop.signal };
  const config = { ...shared, hidden: 0, epochs: 3, learningRate: 0.1 };
  await expect(
    fitEmcdr(
      pairsOf((x, y) => [x, y]),
      config,
      context,
    ),
  ).rejects.toThrow(/^EMCDR: expected 3 epochs, got a stop after 0/);
});
