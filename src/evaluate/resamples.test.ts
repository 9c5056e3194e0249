import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { ofResamples } from "./resamples.ts";

/** Sum of draw times place, straight from the stream. */
function expected(tasks: number, resamples: number, seed: number): number[] {
  const rng = createRng(seed).split("bootstrap");
  return Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < tasks; i++) sum += rng.int(tasks) * (i + 1);
    return sum;
  });
}

function measured(tasks: number, resamples: number, seed: number): number[] {
  return [
    ...ofResamples(tasks, { resamples, seed }, (draws) => {
      let sum = 0;
      for (let i = 0; i < draws.length; i++) sum += draws[i]! * (i + 1);
      return sum;
    }),
  ];
}

test("draws are those of the seeded stream, kept or not, few or too many to keep", () => {
  for (const [tasks, resamples, seed] of [
    [7, 5, 1],
    [7, 5, 2],
    [9, 5, 1],
    [7, 5, 1],
    [70_000, 2, 1],
  ] as const) {
    expect(measured(tasks, resamples, seed)).toEqual(expected(tasks, resamples, seed));
  }
  expect(measured(70_000, 130, 3).slice(0, 2)).toEqual(expected(70_000, 2, 3));
});

test("what was put out of memory is drawn again, the same", () => {
  const first = measured(30_000, 100, 1);
  for (let i = 1; i < 6; i++) measured(30_000 + i, 100, 1);
  expect(measured(30_000, 100, 1)).toEqual(first);
  expect(first.slice(0, 2)).toEqual(expected(30_000, 2, 1));
});
