import { expect, test } from "vitest";
import { createRng } from "../../base/rng.ts";
import { type Neighbours, slopesBetween } from "../../encoders/neighbours.ts";
import { shiftByNeighbours } from "../../models/ratings-posterior.ts";
import { compile, input } from "../../tensor/index.ts";
import { neighbourShift } from "./neighbour-shift.ts";

const size = 4;

/** Ten items, each with up to four random neighbours. */
function drawn(): Neighbours {
  const rng = createRng(2).split("neighbours");
  const rows = Array.from({ length: 10 }, (_, i) =>
    rng.sample(
      Array.from({ length: 10 }, (__, j) => j).filter((j) => j !== i),
      size,
    ),
  );
  const weights = rows.map((_, i) => [0.9, 0.5, 0.2, 0.1].slice(0, i % 5));
  const padded = (list: readonly number[]): number[] => [...list, 0, 0, 0, 0].slice(0, size);
  return {
    size,
    items: Int32Array.from(rows.flatMap((row, i) => padded(row.slice(0, i % 5)))),
    weights: Float32Array.from(weights.flatMap(padded)),
  };
}

test("a served shift is what the model says, also of an item met twice; without neighbours it is nothing", async () => {
  const neighbours = drawn();
  const all = Int32Array.from({ length: 10 }, (_, i) => i);
  const met = [3, 5, 0, 8, 5];
  const left = Float32Array.of(1, -0.5, 0.25, 2, 0.75);
  const [slopes, strayed] = [input("slopes", [10, 5]), input("left", [5])];
  const program = await compile({ slopes, left: strayed }, { shift: shiftByNeighbours(slopes, strayed) });
  const { shift } = await program.run({ slopes: slopesBetween(neighbours, all, met), left });
  const served = neighbourShift(neighbours, { items: met, left }, all);
  served.forEach((value, i) => expect(value).toBeCloseTo(shift[i]!, 6));
  expect(new Set(served).size).toBeGreaterThan(3);
  for (const none of [0, 5]) expect(served[none]).toBe(0);
  expect([...neighbourShift(neighbours, { items: [], left: [] }, all)]).toEqual(Array(10).fill(0));
});
