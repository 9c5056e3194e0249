import { expect, test } from "vitest";
import { type TinyEvent, tinyWorld } from "../../../testing/worlds/tiny.ts";
import { fitCatalogue } from "../../encoders/catalogue.ts";
import { writeSupport } from "./one-class-support.ts";

/** Items 0, 2 and 3 are warm (rows 0, 1 and 2), item 1 is cold. */
const events: TinyEvent[] = [0, 2, 3].map((item) => [0, item, 3]);
const catalogue = fitCatalogue(tinyWorld(events, { users: 1, items: 4 }), { minEvents: 1 });
const day = 86_400;
const query = {
  history: {
    items: Int32Array.of(0, 1, 2, 3),
    values: Float32Array.of(1, 5, 3, 5),
    times: Float64Array.of(0, day, 2 * day, 3 * day),
  },
  time: 4 * day,
};
const emptyBatch = () => ({
  level: new Int32Array(4),
  age: new Float32Array(4),
  mask: new Float32Array(4),
});

test("in training only warm items, of them the latest that fit, from their place on", () => {
  const batch = { ...emptyBatch(), rows: new Int32Array(4) };
  expect(writeSupport(catalogue, query, { batch, at: 1, room: 2 })).toEqual([2, 3]);
  expect([...batch.rows]).toEqual([0, 1, 2, 0]);
  expect([...batch.level]).toEqual([0, 5, 10, 0]);
  expect([...batch.mask]).toEqual([0, 1, 1, 0]);
  expect([...batch.age]).toEqual([0, Math.log(3), Math.log(2), 0].map(Math.fround));
});

test("in serving cold items too", () => {
  const batch = emptyBatch();
  expect(writeSupport(catalogue, query, { batch, at: 0, room: 4 })).toEqual([0, 1, 2, 3]);
  expect([...batch.level]).toEqual([0, 10, 5, 10]);
  expect([...batch.mask]).toEqual([1, 1, 1, 1]);
});

test("nobody's history leaves the batch as it was", () => {
  const batch = emptyBatch();
  const nothing = { history: { items: new Int32Array(0), values: new Float32Array(0) } };
  expect(writeSupport(catalogue, nothing, { batch, at: 0, room: 4 })).toEqual([]);
  expect(batch).toEqual(emptyBatch());
});
