import { expect, test } from "vitest";
import { createRng } from "../base/rng.ts";
import { fitPresence } from "./presence.ts";

const options = { size: 2, rounds: 10, seed: 3 };

/** Two circles of people who rate the items of their own circle only; the last item has no events. */
function circles(): { user: Int32Array; item: Int32Array; value: Float32Array } {
  const rng = createRng(4).split("circles");
  const pairs = Array.from({ length: 60 * 12 }, (_, k) => [Math.floor(k / 12), k % 12] as const).filter(
    ([u, i]) => u % 2 === i % 2 && rng.next() < 0.8,
  );
  return {
    user: Int32Array.from(pairs, ([u]) => u),
    item: Int32Array.from(pairs, ([, i]) => i),
    value: new Float32Array(pairs.length),
  };
}

test("items of one circle point one way, those of the other at a right angle; an unknown item nowhere", () => {
  const { size, rows } = fitPresence(circles(), { users: 60, items: 13 }, options);
  expect(size).toBe(2);
  const dot = (a: number, b: number): number =>
    rows[2 * a]! * rows[2 * b]! + rows[2 * a + 1]! * rows[2 * b + 1]!;
  for (let a = 0; a < 12; a++) {
    for (let b = 0; b < 12; b++) expect(dot(a, b)).toBeCloseTo(a % 2 === b % 2 ? 2 : 0, 3);
  }
  expect([...rows.subarray(24)]).toEqual([0, 0]);
});

test("values have no part in it, and fewer people than columns are no error", () => {
  const events = circles();
  const counts = { users: 60, items: 13 };
  const other = { ...events, value: events.value.map((_, k) => k) };
  expect(fitPresence(other, counts, options)).toEqual(fitPresence(events, counts, options));
  const few = { user: Int32Array.of(0, 0, 1), item: Int32Array.of(0, 1, 1), value: new Float32Array(3) };
  const { size, rows } = fitPresence(few, { users: 2, items: 4 });
  expect(size).toBe(2);
  expect([...rows].every(Number.isFinite)).toBe(true);
  const none = { user: new Int32Array(0), item: new Int32Array(0), value: new Float32Array(0) };
  expect([...fitPresence(none, { users: 2, items: 4 }).rows]).toEqual(new Array(8).fill(0));
});
